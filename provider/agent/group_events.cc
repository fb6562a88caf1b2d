#include "provider/agent/group_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/task_group.h"
#include "proto/eci/v1/container_group_view.pb.h"

namespace vk::agent {
namespace {

using base::TimePoint;
using translate::GroupStatus;

constexpr std::chrono::seconds kPatience{5};
constexpr std::chrono::seconds kCallInterval{3};  // 20 a minute.
constexpr std::chrono::seconds kAgain{10};
// With what a listing of 5,000 groups takes, every reason is told within three minutes.
constexpr std::chrono::seconds kAgainAtMost{45};
constexpr std::chrono::seconds kFailedAgainAtMost{300};
constexpr std::chrono::minutes kForbiddenAgain{10};
constexpr std::chrono::seconds kCallLimit{10};
constexpr std::size_t kGroupsPerPage = 200;
// The rate of events: what the recorder writes a second, less what others have to tell.
constexpr int kToldPerSecond = 40;

std::chrono::seconds Doubled(std::chrono::seconds first, int times, std::chrono::seconds most) {
  return std::min<std::chrono::seconds>(most, first * (1 << std::clamp(times, 0, 8)));
}

enum class Need { kNone, kLater, kNow };

// Whether the cloud is asked about a group that shows this.
Need NeedOf(const GroupState& group) {
  if (!group.IsThere() || !group.seen || group.deletion) return Need::kNone;
  switch (group.seen->status) {
    case GroupStatus::kSucceeded:
    case GroupStatus::kTerminating:
    case GroupStatus::kUnknown:
      return Need::kNone;
    case GroupStatus::kFailed:
    case GroupStatus::kExpired:
    case GroupStatus::kScheduleFailed:
      return Need::kNow;
    case GroupStatus::kRunning:
      break;
    default:
      return Need::kLater;
  }
  Need need = Need::kNone;
  for (const translate::ContainerObservation& container : group.seen->containers) {
    if (container.restart_count > 0) return Need::kNow;
    const bool over = container.current.phase == translate::ContainerPhase::kTerminated;
    if (!container.ready && !over) need = Need::kLater;
  }
  return need;
}

// A container that was restarted and is ready needs no second question.
bool IsSettled(const GroupState& group) {
  if (translate::HasEnded(group.seen->status)) return true;
  return group.seen->status == GroupStatus::kRunning &&
         std::ranges::all_of(group.seen->containers, [](const auto& container) {
           return container.ready ||
                  container.current.phase == translate::ContainerPhase::kTerminated;
         });
}

std::string Shown(const GroupState& group) {
  std::string shown = std::to_string(static_cast<int>(group.seen->status));
  for (const translate::ContainerObservation& container : group.seen->containers) {
    shown += fmt::format("/{} {}", container.restart_count,
                         container.current.phase == translate::ContainerPhase::kWaiting
                             ? container.current.reason
                             : std::string());
  }
  return shown;
}

}  // namespace

GroupEvents::GroupEvents(translate::GroupIdentity node, eci::EciApi& cloud, PodTable& pods,
                         const GroupBook& book, Events& events, base::Clock& clock, base::Log& log,
                         base::Metrics& metrics, boost::asio::any_io_executor executor)
    : pods_(pods),
      book_(book),
      events_(events),
      clock_(clock),
      log_(log),
      queries_(std::move(node), kCallLimit, cloud, clock),
      calls_(metrics.GetCounter("virtual_node_group_event_calls_total",
                                "Calls for the events of groups that do not run.")),
      changed_(std::move(executor)) {}

void GroupEvents::Changed(const std::string& uid) {
  const PodRecord* const record = pods_.Find(uid);
  const Need need = record != nullptr ? NeedOf(record->group) : Need::kNone;
  if (need == Need::kNone) {
    watched_.erase(uid);
    return;
  }
  const TimePoint now = clock_.Now();
  // What ended before this process began was told by an earlier one.
  if (!watched_.contains(uid) && record->desired.pod->terminal()) return;
  Watched& watched = watched_[uid];
  if (watched.group_id != record->group.id) {
    watched = {.group_id = record->group.id,
               .seen = {},
               .since = record->group.known_since,
               .due = need == Need::kNow ? now : now + kPatience,
               .asked = 0,
               .told = {}};
    changed_.Set();
    return;
  }
  if (watched.asked == 0) {
    if (need == Need::kNow) watched.due = std::min(watched.due, now);
  } else if (watched.seen != Shown(record->group)) {
    watched.due = std::min(watched.due, now);
    watched.asked = 1;
  }
  changed_.Set();
}

TimePoint GroupEvents::NextDue() const {
  TimePoint next = TimePoint::max();
  for (const auto& [uid, watched] : watched_) next = std::min(next, watched.due);
  return next;
}

boost::asio::awaitable<void> GroupEvents::Run() {
  while (!co_await base::Cancelled()) {
    if (watched_.empty() || NextDue() == TimePoint::max()) {
      token_.clear();
      if (!co_await changed_.Wait()) co_return;
      continue;
    }
    // Groups come in many at once: one call for all that are due by then.
    const TimePoint next = std::max(next_call_, NextDue());
    if (clock_.Now() < next) {
      if (!co_await clock_.SleepUntil(std::min(next, clock_.Now() + kCallInterval))) co_return;
      continue;
    }
    co_await Ask();
  }
}

// The ids of the groups whose turn it is: those that were never asked about first, the older ones
// before the others.
std::vector<std::string> GroupEvents::Due() {
  std::erase_if(watched_, [&](const auto& entry) {
    const PodRecord* const record = pods_.Find(entry.first);
    return record == nullptr || record->group.id != entry.second.group_id ||
           NeedOf(record->group) == Need::kNone;
  });
  std::vector<const Watched*> due;
  for (const auto& [uid, watched] : watched_) {
    if (watched.due <= clock_.Now()) due.push_back(&watched);
  }
  std::ranges::sort(due, {}, [](const Watched* watched) {
    return std::tuple(watched->asked > 0, watched->since, std::string_view(watched->group_id));
  });
  std::vector<std::string> ids;
  ids.reserve(due.size());
  for (const Watched* const watched : due) ids.push_back(watched->group_id);
  return ids;
}

// One call: of a listing of all groups where that takes fewer of them, else by ids.
boost::asio::awaitable<void> GroupEvents::Ask() {
  std::vector<std::string> due = Due();
  if (due.empty() && token_.empty()) co_return;
  const std::size_t pages = book_.owners().size() / kGroupsPerPage + 1;
  const bool list = !token_.empty() || (pages_go_on_ && due.size() > kIdsPerCall * pages);
  next_call_ = clock_.Now() + kCallInterval;
  calls_.Add();
  if (!list) {
    due.resize(std::min(due.size(), kIdsPerCall));
    if (!co_await AskPage(due)) co_return;
    for (const std::string& id : due) Asked(id);
    co_return;
  }
  if (token_.empty()) {
    listed_for_ = std::move(due);
    listed_ = 0;
  }
  if (!co_await AskPage({}) || !token_.empty()) co_return;
  if (!pages_go_on_) co_return;
  for (const std::string& id : listed_for_) Asked(id);
}

boost::asio::awaitable<bool> GroupEvents::AskPage(std::vector<std::string> ids) {
  const bool list = ids.empty();
  const auto page = co_await queries_.EventsPage(std::move(ids), list ? token_ : std::string());
  if (!page) {
    token_.clear();
    Failed(page.error());
    co_return false;
  }
  failures_ = 0;
  forbidden_told_ = false;
  Tell(*page);
  if (!list) co_return true;
  listed_ += page->data_size();
  // A token that does not change would be followed for ever.
  token_ = page->next_token() != token_ ? page->next_token() : std::string();
  if (token_.empty() && listed_ < page->total_count()) pages_go_on_ = false;
  co_return true;
}

void GroupEvents::Tell(const eci::v1::DescribeContainerGroupEventsResponse& page) {
  int told = 0;
  for (const eci::v1::ContainerGroupEvents& group : page.data()) {
    const std::string uid = book_.OwnerOf(group.container_group_id());
    const auto watched = watched_.find(uid);
    const PodRecord* const record = pods_.Find(uid);
    if (watched == watched_.end() || record == nullptr ||
        watched->second.group_id != group.container_group_id()) {
      continue;
    }
    for (const eci::v1::ContainerGroupEvent& event : group.events()) {
      // That its containers run is an event of this node's already.
      if (event.reason().empty() || event.reason() == "Started") continue;
      const auto hash = std::hash<std::string>()(event.reason() + '\0' + event.message());
      if (!watched->second.told.insert(hash).second) continue;
      events_.OnPodOnceEach(*record->desired.pod, event.type() == "Warning", event.reason(),
                            event.message());
      ++told;
    }
    if (watched->second.due <= clock_.Now()) Asked(group.container_group_id());
  }
  next_call_ = std::max(next_call_, clock_.Now() + std::chrono::seconds(told / kToldPerSecond));
}

void GroupEvents::Asked(const std::string& group_id) {
  const std::string uid = book_.OwnerOf(group_id);
  const auto it = watched_.find(uid);
  const PodRecord* const record = pods_.Find(uid);
  if (it == watched_.end() || record == nullptr || !record->group.seen) return;
  Watched& watched = it->second;
  if (watched.due > clock_.Now()) return;  // Asked about already.
  watched.seen = Shown(record->group);
  watched.due = IsSettled(record->group)
                    ? TimePoint::max()
                    : clock_.Now() + Doubled(kAgain, watched.asked, kAgainAtMost);
  ++watched.asked;
}

void GroupEvents::Failed(const base::Error& error) {
  ++failures_;
  const bool forbidden = error.code == base::ErrorCode::kPermissionDenied;
  next_call_ =
      clock_.Now() + (forbidden ? std::chrono::seconds(kForbiddenAgain)
                                : std::max<std::chrono::seconds>(
                                      Doubled(kCallInterval, failures_, kFailedAgainAtMost),
                                      std::chrono::ceil<std::chrono::seconds>(
                                          error.retry_after.value_or(std::chrono::seconds(0)))));
  log_.Warn(
      "cannot read the events of container groups",
      {{"error", error.message}, {"code", error.cloud_code}, {"request_id", error.request_id}});
  if (!forbidden || std::exchange(forbidden_told_, true)) return;
  events_.OnNode(true, "GroupEventsForbidden",
                 "Pods do not tell why they wait, since the cloud refuses the RAM permission "
                 "eci:DescribeContainerGroupEvents: " +
                     error.message);
}

}  // namespace vk::agent
