#include "test/simulation/cluster.h"

#include <fmt/format.h>

#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/kube/object_bytes.h"
#include "provider/translate/status_group.h"

namespace vk::simulation {
namespace {

using k8s::io::api::core::v1::Container;
using k8s::io::api::core::v1::Pod;

constexpr char kNamespace[] = "default";

void AddEnv(const std::string& name, const std::string& value, Container* container) {
  auto& entry = *container->add_env();
  entry.set_name(name);
  entry.set_value(value);
}

// A token of the pod's ServiceAccount, as admission mounts one.
void AddToken(k8s::io::api::core::v1::PodSpec* spec) {
  spec->set_serviceaccountname("default");
  auto& volume = *spec->add_volumes();
  volume.set_name("token");
  auto& token = *volume.mutable_volumesource()
                     ->mutable_projected()
                     ->add_sources()
                     ->mutable_serviceaccounttoken();
  token.set_path("token");
  token.set_expirationseconds(3607);
  auto& mount = *spec->mutable_containers(0)->add_volumemounts();
  mount.set_name("token");
  mount.set_mountpath("/var/run/secrets/kubernetes.io/serviceaccount");
}

std::chrono::nanoseconds Between(base::Random& random, std::chrono::milliseconds slowest) {
  return std::chrono::microseconds(random.Between(100, 1000 * slowest.count()));
}

}  // namespace

std::string PodPlan::Ending() const {
  if (!run_seconds || restart_policy == "Always") return {};
  if (exit_code == 0) return "Succeeded";
  return restart_policy == "Never" ? "Failed" : "";
}

Cluster::Cluster(std::string name, const Timeline& timeline, EventTrace& trace, base::Random random,
                 OnViolation on_violation)
    : name_(std::move(name)),
      timeline_(timeline),
      trace_(trace),
      random_(random),
      on_violation_(std::move(on_violation)),
      server_(random.Split("server").Next(), [&timeline] { return timeline.wall_now(); }) {
  Watch();
}

void Cluster::Watch() {
  const auto watch = server_.AddWatch(
      kube::kPods, "", {.resource_version = std::to_string(server_.revision())}, *this);
  if (watch) watch_ = *watch;
}

Cluster::~Cluster() {
  if (watch_) server_.RemoveWatch(*watch_);
}

void Cluster::CreatePod(const PodPlan& plan, const std::string& node) {
  Pod pod;
  pod.mutable_metadata()->set_name(plan.name);
  pod.mutable_metadata()->set_namespace_(kNamespace);
  pod.mutable_spec()->set_nodename(node);
  pod.mutable_spec()->set_restartpolicy(plan.restart_policy);
  pod.mutable_spec()->set_dnspolicy("Default");
  pod.mutable_spec()->set_terminationgraceperiodseconds(plan.grace);
  Container& container = *pod.mutable_spec()->add_containers();
  container.set_name("main");
  container.set_image("example/job:1");
  if (plan.run_seconds)
    AddEnv("FAKE_ECI_RUN_SECONDS", std::to_string(*plan.run_seconds), &container);
  if (plan.run_seconds) AddEnv("FAKE_ECI_EXIT_CODE", std::to_string(plan.exit_code), &container);
  if (plan.token) AddToken(pod.mutable_spec());
  plans_[plan.name] = plan;
  const auto made = server_.Create(
      kube::kPods, {.ns = kNamespace, .name = plan.name, .subresource = {}}, kube::ToBytes(pod));
  if (!made) on_violation_("the workload cannot create a pod: " + made.error().message);
}

void Cluster::CreateFinishedPod(const PodPlan& plan, const std::string& node,
                                const std::string& group_id, bool in_status) {
  CreatePod(plan, node);
  if (!in_status) Annotate(plan.name, group_id);
  const std::string condition = fmt::format(
      R"(,"conditions":[{{"type":"ContainerInstanceCreated","status":"True","message":"{}"}}])",
      translate::InstanceMessage(group_id, ""));
  const auto patched = server_.Patch(
      kube::kPods, {.ns = kNamespace, .name = plan.name, .subresource = "status"},
      kube::PatchType::kStrategicMerge,
      fmt::format(R"({{"status":{{"phase":"{}"{}}}}})", plan.Ending(), in_status ? condition : ""));
  if (!patched) on_violation_("the workload cannot finish a pod: " + patched.error().message);
}

void Cluster::Annotate(const std::string& name, const std::string& group_id) {
  if (!HasPod(name)) return;
  trace_.Note(fmt::format("{} pod {} is annotated with {}", name_, name, group_id));
  Pod pod;
  const kube::ObjectKey key{.ns = kNamespace, .name = name, .subresource = {}};
  const auto read = server_.Get(kube::kPods, key);
  if (!read || !pod.ParseFromString(*read)) return;
  (*pod.mutable_metadata()->mutable_annotations())["k8s.aliyun.com/eci-instance-id"] = group_id;
  (void)server_.Update(kube::kPods, key, kube::ToBytes(pod));  // It may be going.
}

bool Cluster::DeletePod(const std::string& name, bool force) {
  if (!HasPod(name)) return false;
  kube::DeleteOptions options;
  if (force) options.grace_period_seconds = 0;
  return server_.Delete(kube::kPods, {.ns = kNamespace, .name = name, .subresource = {}}, options)
      .has_value();
}

void Cluster::DeleteNode(const std::string& node) {
  (void)server_.Delete(kube::kNodes, {.ns = {}, .name = node, .subresource = {}},
                       {});  // It may not exist at the moment.
}

std::string Cluster::SystemUid() const {
  const auto read =
      server_.Get(kube::kNamespaces, {.ns = {}, .name = "kube-system", .subresource = {}});
  return kube::IdentityOf(*read)->uid;
}

void Cluster::OnEvent(kube::WatchEvent event) {
  if (event.type == kube::WatchEventType::kBookmark) return;
  Pod pod;
  if (!pod.ParseFromString(event.object))
    return on_violation_("the API server holds a pod that does not parse");
  const std::string& uid = pod.metadata().uid();
  const auto [place, added] = pods_.try_emplace(uid);
  WitnessedPod& now = place->second;
  const WitnessedPod before = now;
  if (added) now.plan = plans_[pod.metadata().name()];
  now.phase = pod.status().phase();
  now.deleting = pod.metadata().has_deletiontimestamp();
  now.ever_deleting = before.ever_deleting || now.deleting;
  now.exists = event.type != kube::WatchEventType::kDeleted;
  if (now.exists) {
    by_name_[pod.metadata().name()] = uid;
  } else {
    now.ever_deleting = true;
    now.gone_at = timeline_.now();
    by_name_.erase(pod.metadata().name());
  }
  trace_.Note(fmt::format("{} pod {} {} phase={} deleting={} exists={}", name_,
                          pod.metadata().name(), uid, now.phase, now.deleting, now.exists));
  const bool may_be_lost = (now.replaced && restored_) || now.hidden;
  now.lost = now.lost || (may_be_lost && pod.status().reason() == "ContainerGroupLost");
  if (!added) Judge(before, now, uid, pod.status().reason());
}

void Cluster::Judge(const WitnessedPod& before, const WitnessedPod& now, const std::string& uid,
                    const std::string& reason) {
  if (before.terminal() && now.phase != before.phase) {
    on_violation_(fmt::format("pod {} went back from {} to {}", uid, before.phase, now.phase));
  }
  if (before.terminal() || !now.terminal() || now.ever_deleting) return;
  if (now.undeleted || now.lost) return;
  if (now.phase != now.plan.Ending()) {
    on_violation_(fmt::format("pod {} became {} ({}) though its containers did not end so", uid,
                              now.phase, reason));
  }
}

void Cluster::Restore(kube::FakeKube::Snapshot snapshot, bool marked) {
  trace_.Note(fmt::format("{} is restored from version {} to {}", name_, server_.revision(),
                          snapshot.revision));
  if (marked) snapshot.revision = server_.revision() + 1000;
  restored_ = true;
  restoring_ = true;
  server_.Restore(std::move(snapshot));
  restoring_ = false;
  by_name_.clear();
  std::map<std::string, Pod> there;
  const auto listed = server_.List(kube::kPods, "", {});
  for (const std::string& item : listed->items) {
    Pod pod;
    if (pod.ParseFromString(item)) there.emplace(pod.metadata().uid(), std::move(pod));
  }
  for (auto& [uid, known] : pods_) {
    const bool was_ending = known.ever_deleting || known.undeleted;
    const auto pod = there.find(uid);
    if (pod == there.end()) {
      if (known.exists) known.gone_at = timeline_.now();
      known.exists = false;
      known.ever_deleting = true;
      continue;
    }
    known.exists = true;
    known.phase = pod->second.status().phase();
    known.deleting = pod->second.metadata().has_deletiontimestamp();
    known.ever_deleting = known.deleting;
    known.undeleted = was_ending && !known.deleting;
    by_name_[pod->second.metadata().name()] = uid;
    trace_.Note(fmt::format("{} pod {} {} is back: phase={} deleting={}", name_, known.plan.name,
                            uid, known.phase, known.deleting));
  }
  Watch();
}

void Cluster::OnBroken(base::Error error) {
  if (restoring_) return;
  on_violation_("the witness lost its watch: " + error.message);
}

kube::FakeKubeFaults::Request Cluster::BeforeEffect(const kube::KubeCall&) {
  Request request{.latency = Between(random_, faults_.slowest), .error = {}};
  if (random_.Chance(faults_.error)) {
    const bool throttled = random_.Chance(0.3);
    base::Error error(throttled ? base::ErrorCode::kThrottled : base::ErrorCode::kUnavailable,
                      "API server: drawn fault");
    if (throttled) error.retry_after = std::chrono::seconds(1);
    request.error = std::move(error);
  }
  return request;
}

kube::FakeKubeFaults::Reply Cluster::AfterEffect(const kube::KubeCall&, const base::Error*) {
  Reply reply{.latency = Between(random_, faults_.slowest), .error = {}};
  if (random_.Chance(faults_.lost_reply)) {
    reply.error = base::Error(base::ErrorCode::kUnavailable, "API server: the reply is lost");
  }
  return reply;
}

kube::FakeKubeFaults::Delivery Cluster::OnWatchEvent(const kube::KubeCall&,
                                                     const kube::WatchEvent&) {
  return {.delay = Between(random_, faults_.slowest),
          .broken = random_.Chance(faults_.broken_watch)};
}

}  // namespace vk::simulation
