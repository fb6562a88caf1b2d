#include "provider/agent/status_poller.h"

#include <algorithm>
#include <utility>

#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/agent/pod_decision.h"
#include "provider/agent/scratch_pods.h"

namespace vk::agent {
namespace {

using base::TimePoint;
using translate::GroupStatus;
using Answer = GroupQueries::Answer;

constexpr int kLongestBackoffDoublings = 5;
constexpr std::chrono::seconds kLeastSince{60};  // Source: ECI, SinceSecond is 60 to 3600.
constexpr std::chrono::seconds kMostSince{3600};
constexpr std::chrono::seconds kSinceMargin{5};
constexpr std::chrono::seconds kRelistWhileDeleting{2};
// By id between two polls, so that they do not come late for it.
constexpr std::size_t kAskedAtOnce = 5;

bool KnowsInitEnds(const GroupState& group) {
  return group.seen && group.seen->init_containers &&
         std::ranges::all_of(*group.seen->init_containers, [](const auto& init) {
           return init.current.phase == translate::ContainerPhase::kTerminated;
         });
}

// A new group shows in no listing at first.
bool MustShow(const GroupState& group, TimePoint began) {
  return group.known_since < began && (group.seen || group.known_since + kListingLag <= began);
}

std::string FirstContainer(const PodSnapshot& pod) {
  ScratchPods scratch;
  const auto* const parsed = scratch.Parse(pod.bytes);
  const bool has = parsed != nullptr && parsed->spec().containers_size() > 0;
  return has ? parsed->spec().containers(0).name() : std::string();
}

}  // namespace

StatusPoller::StatusPoller(PollerOptions options, translate::GroupIdentity node, eci::EciApi& cloud,
                           PodTable& pods, GroupBook& book, base::Clock& clock, base::Log& log,
                           base::Metrics& metrics, boost::asio::any_io_executor executor)
    : options_(options),
      pods_(pods),
      book_(book),
      clock_(clock),
      log_(log),
      queries_(node, options.call_limit, cloud, clock),
      claims_(node, pods, book, clock, log),
      in_transition_gauge_(metrics.GetGauge("virtual_node_groups_in_transition",
                                            "Container groups that are starting or ending.")),
      sees_gauge_(metrics.GetGauge("virtual_node_cloud_listing",
                                   "1 while listings of the cloud prove that they see.")),
      polls_(metrics.GetCounter("virtual_node_status_polls_total",
                                "Finished polls of the state of the groups.")),
      failed_polls_(metrics.GetCounter("virtual_node_status_polls_failed_total",
                                       "Polls that ended in an error.")),
      hurry_(std::move(executor)) {
  sees_gauge_.Set(1);
}

void StatusPoller::Hurry(bool relist) {
  relist_wanted_ = relist_wanted_ || relist;
  hurry_.Set();
}

boost::asio::awaitable<void> StatusPoller::Run() {
  while (!co_await base::Cancelled()) {
    const TimePoint began = clock_.Now();
    base::Result<int> polled = co_await Poll(began);
    if (polled) {
      co_await AskById();
      *polled += co_await FetchWanted();
    }
    if (co_await base::Cancelled()) co_return;
    polls_.Add();
    if (polled) {
      failures_ = 0;
    } else {
      ++failures_;
      failed_polls_.Add();
      log_.Warn("cannot read the state of the container groups",
                {{"error", polled.error().message},
                 {"code", polled.error().cloud_code},
                 {"request_id", polled.error().request_id}});
    }
    if (on_poll_) on_poll_(polled ? nullptr : &polled.error());
    in_transition_gauge_.Set(static_cast<double>(book_.in_transition().size()));
    co_await Pause(began, polled.value_or(1));
  }
}

boost::asio::awaitable<base::Result<int>> StatusPoller::Poll(TimePoint began) {
  if (RelistDue()) co_return co_await Relist(began);
  if (!sees_) co_return 0;
  const bool few = !book_.in_transition().empty() && book_.in_transition().size() <= kIdsPerCall;
  if (few && began - *last_poll_ < options_.rest_period) co_return co_await PollInTransition(began);
  co_return co_await PollChanges(began);
}

boost::asio::awaitable<void> StatusPoller::Pause(TimePoint began, int calls) {
  TimePoint next = began + Period(calls);
  while (clock_.Now() < next) {
    // Nothing of what made it blind is left.
    if (!sees_ && failures_ == 0 && !HasEvidence(clock_.Now())) co_return;
    if (!co_await hurry_.WaitUntil(clock_, next)) co_return;
    // A caller in a hurry wants a poll at the busy pace, not one per change.
    if (failures_ == 0 && sees_) {
      next = std::min(next, began + std::max(options_.busy_period, options_.call_interval * calls));
    }
  }
}

bool StatusPoller::IsBusy() const {
  return !book_.in_transition().empty() && clock_.Now() - book_.last_move() < options_.busy_limit;
}

bool StatusPoller::RelistDue() const {
  if (!relist_ || !last_poll_) return true;
  if (!sees_) {
    return clock_.Now() - *relist_tried_ >= options_.blind_relist_period ||
           !HasEvidence(clock_.Now());
  }
  const auto age = clock_.Now() - *relist_;
  if (relist_wanted_ || age >= options_.relist_period) return true;
  if (age < kRelistWhileDeleting || book_.in_transition().size() <= kIdsPerCall || !IsBusy())
    return false;
  return std::ranges::any_of(book_.in_transition(), [&](const std::string& id) {
    const PodRecord* const record = pods_.Find(book_.OwnerOf(id));
    return record != nullptr && record->group.DeleteAccepted();
  });
}

std::chrono::milliseconds StatusPoller::Period(int calls) const {
  if (failures_ > 0)
    return options_.rest_period * (1 << std::min(failures_ - 1, kLongestBackoffDoublings));
  if (!sees_) return options_.blind_period;
  const auto pace = IsBusy() ? options_.busy_period : options_.rest_period;
  return std::max<std::chrono::milliseconds>(pace, options_.call_interval * calls);
}

std::chrono::seconds StatusPoller::SinceLastPoll() const {
  const auto age =
      std::chrono::ceil<std::chrono::seconds>(clock_.Now() - *last_poll_) + kSinceMargin;
  return std::clamp(age, kLeastSince, kMostSince);
}

boost::asio::awaitable<base::Result<int>> StatusPoller::PollChanges(TimePoint began) {
  VK_CO_TRY(listing, co_await queries_.ListStatus(SinceLastPoll(), {}));
  Observe(listing);
  last_poll_ = began;
  co_return listing.calls;
}

boost::asio::awaitable<base::Result<int>> StatusPoller::PollInTransition(TimePoint began) {
  const std::vector<std::string> asked(book_.in_transition().begin(), book_.in_transition().end());
  VK_CO_TRY(listing, co_await queries_.ListStatus(std::nullopt, asked));
  Observe(listing);
  // Where a group is not shown, only our own delete makes its absence believable.
  for (const std::string& id : asked) {
    const PodRecord* const record = pods_.Find(book_.OwnerOf(id));
    if (record != nullptr && record->group.DeleteAccepted() && !listing.ids.contains(id)) {
      book_.ReportAbsent(id, began);
    }
  }
  co_return listing.calls;
}

boost::asio::awaitable<base::Result<int>> StatusPoller::Relist(TimePoint began) {
  const bool wanted = std::exchange(relist_wanted_, false);
  relist_tried_ = began;
  VK_CO_TRY(listing, co_await queries_.ListStatus(std::nullopt, {}));
  Observe(listing);
  std::vector<std::string> unknown;
  for (const std::string& id : listing.ids) {
    if (claims_.IsUnknown(id)) unknown.push_back(id);
  }
  VK_CO_TRY(detail_calls, co_await FetchDetails(std::move(unknown)));
  Conclude(listing, began);
  last_poll_ = began;
  relist_ = began;
  if (sees_) believed_ = began;
  if (!listing.ids.empty()) shown_ = began;
  if (!wanted || !listing.ids.empty() || !sees_) co_return listing.calls + detail_calls;
  VK_CO_TRY(empty, co_await IsEmptyForSure());
  if (empty) shown_ = began;
  co_return listing.calls + 2;
}

// After an empty full relist: whether another one is empty, too, though in between the whole
// account is shown to have groups. That the permission to list came and went twice within three
// calls is not assumed.
boost::asio::awaitable<base::Result<bool>> StatusPoller::IsEmptyForSure() {
  VK_CO_TRY(sees, co_await queries_.SeesAnything());
  if (!sees) co_return false;
  VK_CO_TRY(listing, co_await queries_.ListStatus(std::nullopt, {}));
  co_return listing.ids.empty();
}

void StatusPoller::Observe(const StatusListing& listing) {
  for (const translate::GroupObservation& seen : listing.groups) {
    if (EndsUntold(seen)) {
      untold_ends_.insert(seen.group_id);
    } else {
      book_.Observe(seen);
    }
  }
}

// Whether a group has ended whose init containers this call did not tell of: the pod's last status
// would not have their exit codes.
bool StatusPoller::EndsUntold(const translate::GroupObservation& seen) const {
  if (!translate::HasEnded(seen.status) || seen.status == GroupStatus::kScheduleFailed)
    return false;
  const PodRecord* const record = pods_.Find(book_.OwnerOf(seen.group_id));
  return record != nullptr && record->desired.pod->has_init_containers && !record->group.Ended() &&
         !KnowsInitEnds(record->group);
}

// Whether an empty listing cannot be true for this pod's sake. The cloud forgets ended groups and
// those that we delete; and an annotation is no proof of anything.
bool StatusPoller::IsEvidence(const PodRecord& record, TimePoint began) const {
  const GroupState& group = record.group;
  const bool lives = !record.desired.vanished && !record.desired.pod->terminal();
  return lives && group.IsThere() && !group.Ended() && !group.DeleteAccepted() &&
         MustShow(group, began);
}

bool StatusPoller::HasEvidence(TimePoint began) const {
  return std::ranges::any_of(book_.owners(), [&](const auto& owner) {
    return IsEvidence(*pods_.Find(owner.second), began);
  });
}

void StatusPoller::SetSight(bool sees) {
  if (sees != sees_) {
    log_.Write(sees ? base::LogLevel::kInfo : base::LogLevel::kWarning,
               sees ? "the cloud's listing is believed again"
                    : "the cloud's listing is empty although pods have groups: nothing is "
                      "concluded from it",
               {});
  }
  sees_ = sees;
  sees_gauge_.Set(sees ? 1 : 0);
}

void StatusPoller::Conclude(const StatusListing& listing, TimePoint began) {
  SetSight(!listing.ids.empty() || !HasEvidence(began));
  if (sees_) claims_.KeepShown(listing.ids, began);
  std::vector<std::string> absent;
  for (const auto& [id, uid] : book_.owners()) {
    const GroupState& group = pods_.Find(uid)->group;
    if (listing.ids.contains(id)) continue;
    // For a group that we did not delete it takes a listing that shows others; a name that only an
    // annotation gives is less than a group.
    const bool believed = group.proven ? !listing.ids.empty() : sees_;
    if (group.DeleteAccepted() || (believed && MustShow(group, began))) absent.push_back(id);
  }
  for (const std::string& id : absent) book_.ReportAbsent(id, began);
}

// Those that two listings have not shown; while blind all whose listing is in question, in turn.
std::vector<std::string> StatusPoller::WhomToAskFor() {
  std::vector<std::string> ids;
  if (sees_) {
    for (const std::string& id : book_.doubted()) {
      if (ids.size() < kAskedAtOnce) ids.push_back(id);
    }
    return ids;
  }
  const TimePoint now = clock_.Now();
  const auto& owners = book_.owners();
  auto next = owners.upper_bound(asked_last_);
  for (std::size_t i = 0; i < owners.size() && ids.size() < kAskedAtOnce; ++i, ++next) {
    if (next == owners.end()) next = owners.begin();
    if (IsEvidence(*pods_.Find(next->second), now)) ids.push_back(next->first);
  }
  if (!ids.empty()) asked_last_ = ids.back();
  return ids;
}

boost::asio::awaitable<void> StatusPoller::AskById() {
  for (const std::string& id : WhomToAskFor()) {
    const TimePoint began = clock_.Now();
    const PodRecord* const record = pods_.Find(book_.OwnerOf(id));
    if (record == nullptr) continue;
    // What stands in an annotation alone may be somebody else's: not even asked for.
    if (!record->group.proven) {
      GiveUp(id);
    } else if (co_await IsGone(id, FirstContainer(*record->desired.pod))) {
      if (!sees_) book_.ReportAbsent(id, began);
      GiveUp(id);
    }
  }
}

// Whether the cloud says so when asked by the id.
boost::asio::awaitable<bool> StatusPoller::IsGone(std::string group_id, std::string container) {
  const Answer answer = co_await queries_.IsThere(group_id, std::move(container));
  if (answer == Answer::kThere) book_.ReportThere(group_id);
  if (answer != Answer::kUnknown || !sees_) co_return answer == Answer::kGone;
  // Who may not read logs may list, since two listings have shown other groups.
  const auto described = co_await FetchDetails({std::move(group_id)});
  co_return described.has_value();
}

// No effect unless it is doubted.
void StatusPoller::GiveUp(const std::string& group_id) {
  const std::string uid = book_.OwnerOf(group_id);
  book_.ReportLost(group_id);
  const PodRecord* const record = pods_.Find(uid);
  if (record != nullptr && book_.OwnerOf(group_id).empty() && !record->group.seen)
    claims_.TakeOther(uid);
}

std::vector<std::string> StatusPoller::WantedDetails() {
  std::vector<std::pair<TimePoint, std::string>> wanted;
  const auto asked_at = [this](const std::string& id) {
    const auto asked = detailed_.find(id);
    return asked == detailed_.end() ? TimePoint() : asked->second.when;
  };
  for (const std::string& id : book_.in_transition()) {
    const PodRecord* const record = pods_.Find(book_.OwnerOf(id));
    if (record == nullptr || !record->group.seen || untold_ends_.contains(id)) continue;
    const GroupStatus status = record->group.seen->status;
    const bool failed = status == GroupStatus::kScheduleFailed || status == GroupStatus::kExpired;
    const bool initializing =
        record->desired.pod->has_init_containers && status != GroupStatus::kScheduling;
    const auto asked = detailed_.find(id);
    const bool fresh = asked != detailed_.end() && asked->second.status == status && !initializing;
    if ((failed || initializing) && !fresh) wanted.emplace_back(asked_at(id), id);
  }
  for (const std::string& id : untold_ends_) wanted.emplace_back(asked_at(id), id);
  std::ranges::sort(wanted);
  if (wanted.size() > kIdsPerCall) wanted.resize(kIdsPerCall);
  std::vector<std::string> ids;
  for (auto& [when, id] : wanted) ids.push_back(std::move(id));
  return ids;
}

// At most one call, in its turn: what starts is many at once, and must not keep the polls waiting.
// A failed one is made up for by the next.
boost::asio::awaitable<int> StatusPoller::FetchWanted() {
  std::erase_if(untold_ends_, [&](const std::string& id) {
    const PodRecord* const record = pods_.Find(book_.OwnerOf(id));
    return record == nullptr || record->group.Ended();
  });
  std::erase_if(detailed_, [&](const auto& entry) {
    return !book_.in_transition().contains(entry.first) && !untold_ends_.contains(entry.first);
  });
  if (clock_.Now() < next_details_ || !sees_) co_return 0;
  std::vector<std::string> ids = WantedDetails();
  if (ids.empty()) co_return 0;
  next_details_ =
      clock_.Now() + (IsBusy() ? options_.busy_detail_period : options_.rest_detail_period);
  for (const std::string& id : ids) {
    const auto& seen = pods_.Find(book_.OwnerOf(id))->group.seen;
    detailed_[id] = {seen ? seen->status : GroupStatus::kUnknown, clock_.Now()};
  }
  const auto fetched = co_await FetchDetails(ids);
  if (fetched) co_return *fetched;
  for (const std::string& id : ids) {
    if (const auto asked = detailed_.find(id); asked != detailed_.end())
      asked->second.status = GroupStatus::kUnknown;
  }
  log_.Warn("cannot read the details of container groups",
            {{"error", fetched.error().message},
             {"code", fetched.error().cloud_code},
             {"request_id", fetched.error().request_id}});
  co_return 1;
}

boost::asio::awaitable<base::Result<int>> StatusPoller::FetchDetails(std::vector<std::string> ids) {
  int calls = 0;
  for (std::size_t first = 0; first < ids.size(); first += kIdsPerCall) {
    const auto last = std::min(ids.size(), first + kIdsPerCall);
    VK_CO_TRY(details,
              co_await queries_.Describe({ids.begin() + static_cast<std::ptrdiff_t>(first),
                                          ids.begin() + static_cast<std::ptrdiff_t>(last)}));
    ++calls;
    claims_.Meet(std::move(details));
  }
  co_return calls;
}

boost::asio::awaitable<base::Status> StatusPoller::Explain(std::string group_id) {
  const auto calls = co_await FetchDetails({std::move(group_id)});
  co_return calls ? base::Status() : base::Status(std::unexpected(calls.error()));
}

boost::asio::awaitable<base::Status> StatusPoller::Search(std::string uid) {
  const PodRecord* const record = pods_.Find(uid);
  if (record == nullptr) co_return base::Status();
  const std::shared_ptr<const PodSnapshot> pod = record->desired.pod;
  VK_CO_TRY(found, co_await queries_.Search(pod->ns, pod->name, pod->uid));
  claims_.Meet(std::move(found));
  co_return base::Status();
}

}  // namespace vk::agent
