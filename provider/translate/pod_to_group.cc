#include "provider/translate/pod_to_group.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/result.h"
#include "provider/translate/annotation_names.h"
#include "provider/translate/annotations.h"
#include "provider/translate/claims.h"
#include "provider/translate/containers.h"
#include "provider/translate/deletion_room.h"
#include "provider/translate/dns.h"
#include "provider/translate/field_findings.h"
#include "provider/translate/group_to_status.h"
#include "provider/translate/host_paths.h"
#include "provider/translate/limits.h"
#include "provider/translate/planning.h"
#include "provider/translate/pre_stop_sleep.h"
#include "provider/translate/registry_credentials.h"
#include "provider/translate/security.h"
#include "provider/translate/sidecars.h"
#include "provider/translate/storage_plan.h"
#include "provider/translate/volumes.h"

namespace vk::translate {
namespace {

using eci::v1::CreateContainerGroupRequest;

constexpr std::int64_t kMostExtraStorageGiB = 5000;

// Why the pod is not for this node to run, or nothing.
std::optional<NotNow> NotOurs(const core::Pod& pod, bool run_daemonsets) {
  const auto refuse = [](std::string reason, std::string message) {
    return NotNow{NotNow::Kind::kNotOurs,
                  {.warning = false, .reason = std::move(reason), .message = std::move(message)},
                  {}};
  };
  if (pod.metadata().annotations().contains("kubernetes.io/config.mirror")) {
    return refuse("MirrorPodNotRun", "The image of another node's static pod is not run");
  }
  const bool daemon = std::ranges::any_of(pod.metadata().ownerreferences(), [](const auto& owner) {
    return owner.kind() == "DaemonSet" && owner.controller();
  });
  if (daemon && !run_daemonsets) {
    return refuse("DaemonSetNotRun",
                  "A virtual node has no machine that a DaemonSet could serve; --run-daemonsets "
                  "runs its pods nevertheless");
  }
  return std::nullopt;
}

bool IsPresent(const ObjectReference& reference, const PodInputs& inputs) {
  return reference.kind == ObjectReference::Kind::kConfigMap
             ? inputs.config_maps.contains(reference.name)
             : inputs.secrets.contains(reference.name);
}

// True for a key of an object that does not exist: that is told of the object.
bool IsPresent(const KeyReference& reference, const PodInputs& inputs) {
  if (reference.name.empty()) return false;
  if (reference.kind == ObjectReference::Kind::kConfigMap) {
    const auto found = inputs.config_maps.find(reference.name);
    return found == inputs.config_maps.end() || found->second->data().contains(reference.key) ||
           (reference.binary_counts && found->second->binarydata().contains(reference.key));
  }
  const auto found = inputs.secrets.find(reference.name);
  return found == inputs.secrets.end() || found->second->data().contains(reference.key);
}

bool AllPresent(const PodReferences& references, const PodInputs& inputs) {
  return std::ranges::all_of(references.objects,
                             [&](const ObjectReference& reference) {
                               return reference.optional || IsPresent(reference, inputs);
                             }) &&
         std::ranges::all_of(references.keys, [&](const KeyReference& reference) {
           return IsPresent(reference, inputs);
         });
}

// All required objects and keys that do not exist, at once, in the kubelet's words. As there,
// volumes come before variables.
std::optional<NotNow> Missing(const core::Pod& pod, const PodInputs& inputs) {
  const PodReferences references = FindReferences(pod);
  std::set<ObjectReference> missing;
  std::vector<std::string> problems;
  const auto is_map = [](ObjectReference::Kind kind) {
    return kind == ObjectReference::Kind::kConfigMap;
  };
  for (const ObjectReference& reference : references.objects) {
    if (reference.optional || IsPresent(reference, inputs)) continue;
    problems.push_back(fmt::format(
        "{} \"{}\" not found", is_map(reference.kind) ? "configmap" : "secret", reference.name));
    missing.insert(reference);
  }
  for (const KeyReference& reference : references.keys) {
    if (IsPresent(reference, inputs)) continue;
    std::string problem = fmt::format("couldn't find key {} in {} {}/{}", reference.key,
                                      is_map(reference.kind) ? "ConfigMap" : "Secret",
                                      pod.metadata().namespace_(), reference.name);
    // A variable and a file may want the same key.
    if (problems.empty() || problems.back() != problem) problems.push_back(std::move(problem));
    missing.insert({reference.kind, reference.name, false});
  }
  if (problems.empty()) return std::nullopt;
  NotNow waiting{NotNow::Kind::kWaiting,
                 {.reason = "CreateContainerConfigError",
                  .message = fmt::format("{}", fmt::join(problems, ", "))},
                 {missing.begin(), missing.end()}};
  if (!AllPresent(FindFileReferences(pod), inputs)) waiting.notice.reason = kFailedMount;
  return waiting;
}

// Why no group is asked for, whatever its size. `weakened`: what the fields of the pod ask for in
// vain.
std::optional<NotNow> Obstacle(const core::Pod& pod, const PodInputs& inputs, const NodeFacts& node,
                               std::vector<FieldFinding>* weakened) {
  if (auto refused = NotOurs(pod, node.run_daemonsets)) return refused;
  // First, since the work for a pod must not grow with what no group can have.
  if (auto over = OverLimit(pod.spec())) return over;
  *weakened = JudgeFields(pod, node);
  if (auto refused = RefusalFor(*weakened, node.strict_pod_fields)) return refused;
  if (auto refused = RootRefused(pod)) return refused;
  if (auto missing = Missing(pod, inputs)) return missing;
  return MissingClaims(pod, inputs);
}

Planned<Size> ChooseSize(Size asked, const GroupOptions& options, const NodeFacts& node) {
  const Size wanted = options.size.value_or(asked);
  const auto size = RoundUp(wanted, node.region, options.IsSpot());
  if (size) return *size;
  if (!options.instance_types.empty()) return wanted;
  return std::unexpected(TooLarge(
      fmt::format("the pod asks for {} vCPU and {} GiB, the largest container group has 64 "
                  "vCPU and 512 GiB; {} can name an ECS type",
                  VCpu(wanted), GiB(wanted), annotation::kUseSpecs)));
}

std::string Joined(const std::string& chosen, const std::vector<std::string>& defaults) {
  return chosen.empty() ? fmt::format("{}", fmt::join(defaults, ",")) : chosen;
}

void SetUnlessEmpty(const std::string& value, std::string* (CreateContainerGroupRequest::*field)(),
                    CreateContainerGroupRequest* request) {
  if (!value.empty()) *(request->*field)() = value;
}

void WritePlacement(const GroupOptions& options, const Translation& translation,
                    CreateContainerGroupRequest* request) {
  const NodeFacts& node = translation.node;
  using Request = CreateContainerGroupRequest;
  SetUnlessEmpty(node.region, &Request::mutable_region_id, request);
  SetUnlessEmpty(Joined(options.v_switch_ids, node.v_switch_ids), &Request::mutable_v_switch_id,
                 request);
  SetUnlessEmpty(Joined(options.security_group_ids, node.security_group_ids),
                 &Request::mutable_security_group_id, request);
  SetUnlessEmpty(options.schedule_strategy, &Request::mutable_schedule_strategy, request);
  SetUnlessEmpty(options.spot_strategy, &Request::mutable_spot_strategy, request);
  SetUnlessEmpty(options.image_cache_id, &Request::mutable_image_snapshot_id, request);
  SetUnlessEmpty(options.instance_types, &Request::mutable_instance_type, request);
  if (options.spot_price_limit) request->set_spot_price_limit(*options.spot_price_limit);
  if (options.spot_duration) request->set_spot_duration(*options.spot_duration);
  if (options.match_image_cache && options.image_cache_id.empty()) {
    request->set_auto_match_image_cache(true);
  }
  if (options.instance_types.empty()) {
    request->set_cpu(VCpu(translation.size));
    request->set_memory(GiB(translation.size));
  }
}

Planned<void> WriteStorage(const core::PodSpec& spec, CreateContainerGroupRequest* request) {
  const std::int64_t extra = ExtraStorageGiB(spec);
  if (extra > kMostExtraStorageGiB) {
    return std::unexpected(TooLarge(
        fmt::format("the pod asks for {} GiB of ephemeral storage over the free 30, the cloud has "
                    "at most {}",
                    extra, kMostExtraStorageGiB)));
  }
  if (extra > 0) request->set_ephemeral_storage(static_cast<std::int32_t>(extra));
  return {};
}

void WriteIdentity(const Translation& translation, CreateContainerGroupRequest* request) {
  const auto& metadata = translation.pod.metadata();
  GroupIdentity identity = translation.node.identity;
  identity.ns = metadata.namespace_();
  identity.pod_name = metadata.name();
  identity.pod_uid = metadata.uid();
  request->set_container_group_name(GroupName(identity.ns, identity.pod_name, identity.pod_uid));
  for (eci::v1::Tag& tag : IdentityTags(identity)) *request->add_tag() = std::move(tag);
}

void WritePodSettings(const Translation& translation, CreateContainerGroupRequest* request) {
  const core::Pod& pod = translation.pod;
  const core::PodSpec& spec = pod.spec();
  const std::int64_t longest = translation.node.longest_deletion_grace;
  request->set_restart_policy(spec.restartpolicy().empty() ? "Always" : spec.restartpolicy());
  request->set_host_name(HostName(pod));
  if (spec.has_terminationgraceperiodseconds() || PreStopSleep(spec) > 0 || longest > 0)
    request->set_termination_grace_period_seconds(GroupGraceWithRoom(spec, longest));
  if (spec.has_activedeadlineseconds()) {
    request->set_active_deadline_seconds(spec.activedeadlineseconds());
  }
  if (spec.shareprocessnamespace()) request->set_share_process_namespace(true);
  for (const core::HostAlias& alias : spec.hostaliases()) {
    eci::v1::HostAlias& to = *request->add_host_aliase();
    to.set_ip(alias.ip());
    *to.mutable_hostname() = alias.hostnames();
  }
}

Planned<void> WriteContents(const Translation& translation, CreateContainerGroupRequest* request) {
  const core::PodSpec& spec = translation.pod.spec();
  for (int i = 0; i < spec.initcontainers_size(); ++i) {
    if (IsSidecar(spec.initcontainers(i))) {
      VK_TRY(sidecar, MakeSidecar(i, translation));
      *request->add_container() = std::move(sidecar);
      continue;
    }
    VK_TRY(container,
           MakeInitContainer(spec.initcontainers(i), At("spec.initContainers", i), translation));
    *request->add_init_container() = std::move(container);
  }
  for (int i = 0; i < spec.containers_size(); ++i) {
    VK_TRY(container, MakeContainer(spec.containers(i), At("spec.containers", i), translation));
    *request->add_container() = std::move(container);
  }
  for (int i = 0; i < spec.volumes_size(); ++i) {
    if (IsLeftOut(spec.volumes(i), spec, translation.node)) continue;
    if (IsStorage(spec.volumes(i))) continue;
    VK_TRY(volume, MakeVolume(spec.volumes(i), At("spec.volumes", i), translation));
    *request->add_volume() = std::move(volume);
  }
  return WriteStorageVolumes(translation, request);
}

Planned<void> CheckInitOrder(const core::PodSpec& spec) {
  const std::string why = fmt::format(
      "all ordinary init containers run before the first sidecar; change the order, or say with "
      "the annotation {}: \"true\" that they need no sidecar",
      annotation::kInitBeforeSidecars);
  std::vector<FieldFinding> misplaced;
  for (const auto& [sidecar, init, index] : FindMisplacedInit(spec)) {
    misplaced.push_back({fmt::format("{}, \"{}\" behind the sidecar \"{}\"",
                                     At("spec.initContainers", index), init, sidecar),
                         Treatment::kRefused, "", why});
  }
  if (auto refused = RefusalFor(misplaced, false)) return std::unexpected(std::move(*refused));
  return {};
}

Planned<GroupPlan> Plan(const core::Pod& pod, const PodInputs& inputs, const NodeFacts& node) {
  std::vector<FieldFinding> weakened;
  if (auto obstacle = Obstacle(pod, inputs, node, &weakened)) {
    return std::unexpected(std::move(*obstacle));
  }
  GroupPlan plan;
  VK_TRY(options, ReadAnnotations(pod, plan.notices));
  if (!options.init_before_sidecars) VK_CHECK_OK(CheckInitOrder(pod.spec()));
  plan.wanted = WantedSize(pod.spec());
  VK_TRY(size, ChooseSize(plan.wanted, options, node));
  const Translation translation{pod, inputs, node, size, plan.notices, weakened};
  WriteIdentity(translation, &plan.request);
  WritePlacement(options, translation, &plan.request);
  WritePodSettings(translation, &plan.request);
  WriteDns(translation, &plan.request);
  WriteRegistryCredentials(translation, &plan.request);
  VK_CHECK_OK(WriteStorage(pod.spec(), &plan.request));
  VK_CHECK_OK(WriteSysctls(pod.spec(), &plan.request));
  VK_CHECK_OK(WriteContents(translation, &plan.request));
  if (auto over = OverLimit(plan.request)) return std::unexpected(std::move(*over));
  if (auto refused = RefusalFor(weakened, node.strict_pod_fields)) {
    return std::unexpected(std::move(*refused));
  }
  if (auto notice = NoticeFor(weakened)) plan.notices.push_back(std::move(*notice));
  return plan;
}

}  // namespace

std::variant<GroupPlan, NotNow> PodToGroup(const core::Pod& pod, const PodInputs& inputs,
                                           const NodeFacts& node) {
  Planned<GroupPlan> plan = Plan(pod, inputs, node);
  if (!plan) return std::move(plan).error();
  return std::move(*plan);
}

}  // namespace vk::translate
