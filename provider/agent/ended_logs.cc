#include "provider/agent/ended_logs.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "proto/eci/v1/container.pb.h"

namespace vk::agent {
namespace {

constexpr std::chrono::seconds kFetchLimit{20};
// What one DescribeContainerLog can return at most.
constexpr int kMostLines = 2000;
constexpr std::int64_t kMostLogBytes = 1 << 20;

// Init containers and containers, those that have run.
std::vector<const translate::ContainerObservation*> Ran(const translate::GroupObservation& group) {
  std::vector<const translate::ContainerObservation*> ran;
  const auto add = [&](const std::vector<translate::ContainerObservation>& containers) {
    for (const auto& container : containers) {
      if (container.current.phase != translate::ContainerPhase::kWaiting || container.previous)
        ran.push_back(&container);
    }
  };
  if (group.init_containers) add(*group.init_containers);
  add(group.containers);
  return ran;
}

std::size_t SizeOf(const GroupLogs& logs) {
  std::size_t size = 0;
  for (const auto* list : {&logs.current, &logs.previous}) {
    for (const auto& [name, log] : *list) size += log.size();
  }
  return size;
}

}  // namespace

boost::asio::awaitable<void> EndedLogs::Fetch(std::string uid, translate::GroupObservation group) {
  const base::TimePoint deadline = clock_.Now() + kFetchLimit;
  GroupLogs logs{.group_id = group.group_id, .current = {}, .previous = {}};
  if (const auto known = Of(uid); known && known->group_id == group.group_id) logs = *known;
  for (const translate::ContainerObservation* const container : Ran(group)) {
    const std::string& name = container->name;
    for (const bool previous : {false, true}) {
      if ((previous && !container->previous) || clock_.Now() >= deadline) continue;
      std::string text = co_await Read(group.group_id, name, previous, deadline);
      if (!text.empty()) (previous ? logs.previous : logs.current)[name] = std::move(text);
    }
  }
  Put(uid, std::move(logs));
}

// Empty when it cannot be read.
boost::asio::awaitable<std::string> EndedLogs::Read(std::string group_id, std::string container,
                                                    bool previous, base::TimePoint deadline) {
  eci::v1::DescribeContainerLogRequest request;
  request.set_container_group_id(group_id);
  request.set_container_name(container);
  request.set_limit_bytes(kMostLogBytes);
  request.set_tail(kMostLines);
  request.set_timestamps(true);
  if (previous) request.set_last_time(true);
  auto answer = co_await cloud_.DescribeContainerLog(std::move(request), deadline);
  if (answer) co_return std::move(*answer->mutable_content());
  log_.Warn("cannot read a log before its container group goes",
            {{"group", group_id},
             {"container", container},
             {"error", answer.error().message},
             {"code", answer.error().cloud_code},
             {"request_id", answer.error().request_id}});
  co_return std::string();
}

std::shared_ptr<const GroupLogs> EndedLogs::Of(const std::string& uid) const {
  const auto found = logs_.find(uid);
  return found == logs_.end() ? nullptr : found->second;
}

void EndedLogs::Put(const std::string& uid, GroupLogs logs) {
  Forget(uid);
  const std::size_t size = SizeOf(logs);
  if (size == 0) return;
  bytes_ += size;
  logs_[uid] = std::make_shared<const GroupLogs>(std::move(logs));
  order_.push_back(uid);
  while (bytes_ > kMostBytes) Forget(std::string(order_.front()));
}

void EndedLogs::Forget(const std::string& uid) {
  const auto found = logs_.find(uid);
  if (found == logs_.end()) return;
  bytes_ -= SizeOf(*found->second);
  logs_.erase(found);
  std::erase(order_, uid);
}

bool WantsLogsBeforeDelete(const PodRecord& record) {
  const GroupState& group = record.group;
  return !group.deletion && group.seen && record.sync.logs.group_id != group.id &&
         !Ran(*group.seen).empty();
}

bool WantsLogsAfterEnd(const PodRecord& record) {
  return record.group.IsThere() && record.group.Ended() && record.group.deletion &&
         record.sync.logs.group_id == record.group.id && !record.sync.logs.after_end;
}

}  // namespace vk::agent
