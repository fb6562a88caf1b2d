#include "provider/agent/storage_watch.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "proto/eci/v1/metric.pb.h"
#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/agent/scratch_pods.h"
#include "provider/translate/storage_limits.h"

namespace vk::agent {
namespace {

constexpr char kRoot[] = "/";

// A pod that ends for another reason is left to that.
bool IsWatched(const PodRecord& record) {
  const GroupState& group = record.group;
  return record.desired.pod->has_storage_limit && record.desired.GoesOn() && group.IsThere() &&
         !group.deletion && group.eviction.empty() && group.seen &&
         group.seen->status == translate::GroupStatus::kRunning;
}

// What the containers of the group have written, by its newest record: the file system "/" holds
// that, and not their images. Undocumented.
template <class Usage>
std::optional<std::int64_t> BytesWritten(const Usage& usage) {
  if (usage.records().empty()) return std::nullopt;
  const auto newest = std::ranges::max_element(
      usage.records(), {}, [](const auto& record) { return record.timestamp(); });
  const auto root = std::ranges::find(newest->filesystem(), kRoot,
                                      [](const auto& filesystem) { return filesystem.fs_name(); });
  if (root == newest->filesystem().end()) return std::nullopt;
  return root->usage();
}

}  // namespace

StorageWatch::StorageWatch(StorageWatchOptions options, translate::GroupIdentity node,
                           eci::EciApi& cloud, PodTable& pods, GroupBook& book, Events& events,
                           std::function<bool()> may_act, base::Clock& clock, base::Log& log,
                           base::Metrics& metrics)
    : options_(options),
      queries_(std::move(node), options.call_limit, cloud, clock),
      pods_(pods),
      book_(book),
      events_(events),
      may_act_(std::move(may_act)),
      clock_(clock),
      log_(log),
      evicted_(metrics.GetCounter("virtual_node_pods_evicted_total",
                                  "Pods evicted for their limits of ephemeral storage.")) {}

boost::asio::awaitable<void> StorageWatch::Run() {
  if (!options_.enabled) co_return;
  base::TimePoint next = clock_.Now() + options_.period;
  while (co_await clock_.SleepUntil(next)) {
    next = clock_.Now() + options_.period;
    const std::vector<std::string> ids = WatchedGroups();
    for (std::size_t first = 0; first < ids.size(); first += kIdsPerCall) {
      const auto begin = ids.begin() + static_cast<std::ptrdiff_t>(first);
      const auto count = std::min(kIdsPerCall, ids.size() - first);
      // What fails is made up for by the next round.
      if (!co_await Measure({begin, begin + static_cast<std::ptrdiff_t>(count)})) break;
    }
  }
}

std::vector<std::string> StorageWatch::WatchedGroups() const {
  std::vector<std::string> ids;
  if (!may_act_()) return ids;
  for (const auto& [uid, record] : pods_.records()) {
    if (IsWatched(record)) ids.push_back(record.group.id);
  }
  return ids;
}

boost::asio::awaitable<bool> StorageWatch::Measure(std::vector<std::string> group_ids) {
  const auto reply = co_await queries_.Measure(std::move(group_ids));
  if (!reply) {
    if (reply.error().code == base::ErrorCode::kCancelled) co_return false;
    log_.Warn("cannot measure the disks of container groups",
              {{"error", reply.error().message},
               {"code", reply.error().cloud_code},
               {"request_id", reply.error().request_id}});
    co_return false;
  }
  for (const auto& usage : reply->monitor_datas()) {
    if (const auto bytes = BytesWritten(usage)) Judge(usage.container_group_id(), *bytes);
  }
  co_return true;
}

void StorageWatch::Judge(const std::string& group_id, std::int64_t bytes_written) {
  const PodRecord* const record = pods_.Find(book_.OwnerOf(group_id));
  if (record == nullptr || !IsWatched(*record) || !may_act_()) return;
  const std::shared_ptr<const PodSnapshot> pod = record->desired.pod;
  ScratchPods scratch;
  const auto* const parsed = scratch.Parse(pod->bytes);
  const auto eviction =
      parsed == nullptr ? std::nullopt : translate::StorageEviction(parsed->spec(), bytes_written);
  if (!eviction) return;
  evicted_.Add();
  log_.Info("evicting a pod for its limit of ephemeral storage",
            {{"pod", pod->ns + "/" + pod->name},
             {"pod_uid", pod->uid},
             {"group", group_id},
             {"bytes", std::to_string(bytes_written)}});
  events_.OnPod(*pod, true, "Evicted", *eviction);
  book_.NoteEviction(pod->uid, *eviction);
}

}  // namespace vk::agent
