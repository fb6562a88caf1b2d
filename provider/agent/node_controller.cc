#include "provider/agent/node_controller.h"

#include <algorithm>
#include <utility>

#include "base/task_group.h"
#include "proto/kubernetes/core/v1/node.pb.h"
#include "provider/agent/pod_snapshot.h"
#include "provider/kube/merge_patch.h"
#include "provider/kube/object_bytes.h"

namespace vk::agent {
namespace {

using base::ErrorCode;
using base::TimePoint;
using k8s::io::api::core::v1::NodeCondition;
using k8s::io::api::core::v1::NodeStatus;
using k8s::io::api::core::v1::Taint;

constexpr std::chrono::seconds kCallLimit{10};
constexpr char kGpus[] = "nvidia.com/gpu";
constexpr char kCloudTaint[] = "virtual-kubelet.io/cloud-unavailable";
constexpr char kNoSchedule[] = "NoSchedule";

std::int64_t Seconds(base::WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::string ConditionStatus(const CloudTrouble& trouble) {
  if (trouble.reason.empty()) return "True";
  return trouble.unknown ? "Unknown" : "False";
}

}  // namespace

CloudTrouble NoListingYet() {
  return {.reason = "ListingUnavailable",
          .message =
              "no listing of container groups has worked yet; CloudReady says why, if that lasts",
          .unknown = true};
}

NodeController::NodeController(NodeOptions options, kube::KubeApi& api, Events& events,
                               base::Clock& clock, base::Log& log, base::Random random,
                               boost::asio::any_io_executor executor)
    : options_(std::move(options)),
      api_(api),
      events_(events),
      clock_(clock),
      log_(log),
      random_(random),
      changed_(std::move(executor)) {}

NodeController::~NodeController() = default;

std::string NodeController::uid() const { return node_ ? node_->metadata().uid() : std::string(); }

std::optional<std::chrono::seconds> NodeController::age() const {
  if (!node_) return std::nullopt;
  return std::chrono::seconds(Seconds(clock_.WallNow()) -
                              node_->metadata().creationtimestamp().seconds());
}

boost::asio::awaitable<void> NodeController::Run() {
  // Source: the kubelet registers with pauses of 100 ms doubling to 7 s, for ever.
  const base::ExponentialBackoff backoff{.first = std::chrono::milliseconds(100),
                                         .cap = std::chrono::seconds(7)};
  int failures = 0;
  while (!co_await base::Cancelled()) {
    const base::Status done = node_ ? co_await Maintain() : co_await Register();
    if (done) {
      last_error_.clear();
      failures = 0;
      (void)co_await changed_.WaitUntil(clock_, clock_.Now() + options_.check_period);
      continue;
    }
    if (done.error().code == ErrorCode::kCancelled) continue;
    ++failures;
    last_error_ = done.error().message;
    log_.Warn("cannot write the node", {{"node", options_.name}, {"error", done.error().message}});
    (void)co_await clock_.SleepUntil(clock_.Now() + backoff.Delay(failures, random_));
  }
}

boost::asio::awaitable<base::Status> NodeController::Register() {
  const Node node = MakeNode();
  const kube::ObjectKey key{.ns = {}, .name = options_.name, .subresource = {}};
  auto stored =
      co_await api_.Create(kube::kNodes, key, kube::ToBytes(node), clock_.Now() + kCallLimit);
  if (!stored && stored.error().code == ErrorCode::kAlreadyExists) {
    stored = co_await api_.Get(kube::kNodes, key, clock_.Now() + kCallLimit);
    VK_CO_CHECK_OK(stored ? base::Status() : base::Status(std::unexpected(stored.error())));
    Store(*stored);
    last_status_.reset();
    co_return co_await Maintain();
  }
  VK_CO_CHECK_OK(stored ? base::Status() : base::Status(std::unexpected(stored.error())));
  Store(*stored);
  last_status_ = clock_.Now();
  log_.Info("registered the node",
            {{"node", options_.name}, {"again", registered_once_ ? "true" : "false"}});
  if (std::exchange(registered_once_, true)) {
    events_.OnNode(true, "NodeRecreated",
                   "The Node object was deleted by somebody and has been made again");
  }
  co_return base::Status();
}

boost::asio::awaitable<base::Status> NodeController::Maintain() {
  const kube::ObjectKey key{.ns = {}, .name = options_.name, .subresource = {}};
  Node next = *node_;
  SetLabels(&next);
  SetTaints(&next);
  if (kube::ToBytes(next) != kube::ToBytes(*node_)) {
    // With the version as precondition: the node lifecycle controller writes taints too.
    Node base = *node_;
    base.mutable_metadata()->clear_resourceversion();
    VK_CO_TRY(patch, kube::MakeMergePatch(base, next));
    auto stored = co_await api_.Patch(kube::kNodes, key, kube::PatchType::kStrategicMerge, patch,
                                      clock_.Now() + kCallLimit);
    if (!stored && stored.error().code == ErrorCode::kNotFound) Lost();
    VK_CO_CHECK_OK(stored ? base::Status() : base::Status(std::unexpected(stored.error())));
    Store(*stored);
    if (!node_) co_return base::Status();
  }
  const bool heartbeat = !last_status_ || clock_.Now() - *last_status_ >= options_.status_period;
  next = *node_;
  SetStatus(&next, heartbeat);
  if (kube::ToBytes(next) == kube::ToBytes(*node_)) co_return base::Status();
  VK_CO_TRY(patch, kube::MakeMergePatch(*node_, next));
  kube::ObjectKey status = key;
  status.subresource = "status";
  auto stored = co_await api_.Patch(kube::kNodes, status, kube::PatchType::kStrategicMerge, patch,
                                    clock_.Now() + kCallLimit);
  if (!stored && stored.error().code == ErrorCode::kNotFound) Lost();
  VK_CO_CHECK_OK(stored ? base::Status() : base::Status(std::unexpected(stored.error())));
  Store(*stored);
  last_status_ = clock_.Now();
  co_return base::Status();
}

NodeController::Node NodeController::MakeNode() const {
  Node node;
  node.mutable_metadata()->set_name(options_.name);
  node.mutable_spec()->set_providerid("eci-vnode://" + options_.cluster_id + "/" + options_.name);
  SetLabels(&node);
  SetTaints(&node);
  SetStatus(&node, true);
  return node;
}

void NodeController::SetLabels(Node* node) const {
  auto& labels = *node->mutable_metadata()->mutable_labels();
  labels["type"] = "virtual-kubelet";
  labels["kubernetes.io/role"] = "agent";
  labels["kubernetes.io/hostname"] = options_.name;
  labels["kubernetes.io/os"] = options_.os;
  labels["kubernetes.io/arch"] = options_.arch;
  labels["node.kubernetes.io/exclude-from-external-load-balancers"] = "true";
  if (!options_.region.empty()) labels["topology.kubernetes.io/region"] = options_.region;
  if (!options_.zone.empty()) {
    labels["topology.kubernetes.io/zone"] = options_.zone;
    // What the disk driver's volumes are bound to; there is no driver here to write it.
    labels["topology.diskplugin.csi.alibabacloud.com/zone"] = options_.zone;
  }
}

void NodeController::SetTaints(Node* node) const {
  auto& taints = *node->mutable_spec()->mutable_taints();
  const auto find = [&](const std::string& key) {
    return std::find_if(taints.begin(), taints.end(),
                        [&](const Taint& taint) { return taint.key() == key; });
  };
  if (!options_.taint_key.empty() && find(options_.taint_key) == taints.end()) {
    Taint& taint = *taints.Add();
    taint.set_key(options_.taint_key);
    taint.set_value(options_.taint_value);
    taint.set_effect(kNoSchedule);
  }
  const auto unavailable = find(kCloudTaint);
  if (trouble_.reason.empty()) {
    if (unavailable != taints.end()) taints.erase(unavailable);
  } else if (unavailable == taints.end()) {
    Taint& taint = *taints.Add();
    taint.set_key(kCloudTaint);
    taint.set_effect(kNoSchedule);
  }
}

void NodeController::SetStatus(Node* node, bool heartbeat) const {
  NodeStatus& status = *node->mutable_status();
  const std::pair<const char*, const std::string*> quantities[] = {
      {"cpu", &options_.cpu},
      {"memory", &options_.memory},
      {"pods", &options_.pods},
      {"ephemeral-storage", &options_.ephemeral_storage},
      {kGpus, &options_.gpus}};
  for (const auto& [name, quantity] : quantities) {
    if (quantity->empty()) continue;  // What somebody else offers stays.
    (*status.mutable_capacity())[name].set_string(*quantity);
    (*status.mutable_allocatable())[name].set_string(*quantity);
  }
  status.clear_addresses();
  for (const auto& [type, address] :
       {std::pair("InternalIP", options_.ip), std::pair("Hostname", options_.name)}) {
    auto& entry = *status.add_addresses();
    entry.set_type(type);
    entry.set_address(address);
  }
  status.mutable_daemonendpoints()->mutable_kubeletendpoint()->set_port(options_.kubelet_port);
  auto& info = *status.mutable_nodeinfo();
  info.set_kubeletversion(options_.version);
  info.set_operatingsystem(options_.os);
  info.set_architecture(options_.arch);
  info.set_osimage("Elastic Container Instance");
  info.set_containerruntimeversion("eci://1.0.0");
  const auto set = [&](const char* type, bool value, const char* reason, const char* message) {
    SetCondition(&status, type, value ? "True" : "False", reason, message, heartbeat);
  };
  set("MemoryPressure", false, "KubeletHasSufficientMemory",
      "the cloud sizes every container group");
  set("DiskPressure", false, "KubeletHasNoDiskPressure",
      "the cloud gives every container group a disk of its own");
  set("PIDPressure", false, "KubeletHasSufficientPID", "container groups do not share process ids");
  set("NetworkUnavailable", false, "RouteCreated", "container groups have addresses of the VPC");
  const bool ready = trouble_.reason.empty();
  SetCondition(&status, "CloudReady", ConditionStatus(trouble_),
               ready ? "CloudAnswers" : trouble_.reason,
               ready ? "container groups can be made" : trouble_.message, heartbeat);
  const bool sees = listing_trouble_.reason.empty();
  SetCondition(&status, "CloudListing", ConditionStatus(listing_trouble_),
               sees ? "ListingShowsGroups" : listing_trouble_.reason,
               sees ? "listings show the groups of this node" : listing_trouble_.message,
               heartbeat);
  set("Ready", true, "KubeletReady", "virtual node is posting ready status");
}

void NodeController::SetCondition(NodeStatus* status, const std::string& type,
                                  const std::string& value, const std::string& reason,
                                  const std::string& message, bool heartbeat) const {
  auto& conditions = *status->mutable_conditions();
  auto found =
      std::find_if(conditions.begin(), conditions.end(),
                   [&](const NodeCondition& condition) { return condition.type() == type; });
  NodeCondition& condition = found == conditions.end() ? *conditions.Add() : *found;
  const std::int64_t now = Seconds(clock_.WallNow());
  const bool moved = condition.status() != value;
  if (moved) condition.mutable_lasttransitiontime()->set_seconds(now);
  if (moved || heartbeat) condition.mutable_lastheartbeattime()->set_seconds(now);
  condition.set_type(type);
  condition.set_status(value);
  condition.set_reason(reason);
  condition.set_message(message);
}

void NodeController::SetCloudTrouble(CloudTrouble trouble) {
  if (trouble == trouble_) return;
  const bool began = trouble_.reason.empty();
  const bool ended = trouble.reason.empty();
  trouble_ = std::move(trouble);
  if (began) events_.OnNode(true, "CloudNotReady", trouble_.reason + ": " + trouble_.message);
  if (ended) events_.OnNode(false, "CloudReady", "Container groups can be made again");
  changed_.Set();
}

void NodeController::SetListingTrouble(CloudTrouble trouble) {
  if (trouble == listing_trouble_) return;
  listing_trouble_ = std::move(trouble);
  const bool works = listing_trouble_.reason.empty();
  if (!works && !listing_trouble_.unknown && !std::exchange(listing_failure_told_, true)) {
    events_.OnNode(true, "CloudListingFailed",
                   listing_trouble_.reason + ": " + listing_trouble_.message +
                       ". What is known of the groups may be old; nothing is concluded from what "
                       "is not shown");
  }
  if (works && std::exchange(listing_failure_told_, false))
    events_.OnNode(false, "CloudListingWorks", "Listings show the groups again");
  changed_.Set();
}

void NodeController::OnListPage(std::vector<kube::ListedObject> page) {
  for (const kube::ListedObject& listed : page) {
    seen_in_list_ = true;
    Store(listed.object);
  }
}

void NodeController::OnListEnd(bool complete) {
  if (complete && !seen_in_list_) Lost();
}

void NodeController::OnEvent(const kube::ObjectIdentity&, kube::WatchEvent event) {
  if (event.type == kube::WatchEventType::kDeleted) {
    Node gone;
    // The deletion of an older Node of this name is no news.
    if (gone.ParseFromString(event.object) && node_ &&
        gone.metadata().uid() == node_->metadata().uid())
      Lost();
    return;
  }
  Store(event.object);
}

void NodeController::Store(const std::string& bytes) {
  auto node = std::make_unique<Node>();
  if (!node->ParseFromString(bytes)) return;
  node->mutable_metadata()->clear_managedfields();
  const bool old_news =
      node_ && node_->metadata().uid() == node->metadata().uid() &&
      !IsNewerVersion(node->metadata().resourceversion(), node_->metadata().resourceversion());
  if (old_news) return;
  node_ = std::move(node);
}

void NodeController::Lost() {
  if (!node_) return;
  node_.reset();
  log_.Warn("the node object is gone", {{"node", options_.name}});
  changed_.Set();
}

}  // namespace vk::agent
