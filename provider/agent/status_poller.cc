#include "provider/agent/status_poller.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "proto/eci/v1/container_group_view.pb.h"
#include "provider/translate/identity.h"

namespace vk::agent {
namespace {

using base::TimePoint;
using translate::GroupStatus;

constexpr int kIdsPerCall =
    20;  // Source: ECI, DescribeContainerGroups and DescribeContainerGroupStatus.
constexpr int kStatusPage = 200;  // Source: ECI, DescribeContainerGroupStatus.
constexpr int kLongestBackoffDoublings = 5;
constexpr std::chrono::seconds kLeastSince{60};  // Source: ECI, SinceSecond is 60 to 3600.
constexpr std::chrono::seconds kMostSince{3600};
constexpr std::chrono::seconds kSinceMargin{5};
constexpr std::chrono::seconds kCensusWhileDeleting{2};

std::string JsonArray(const std::vector<std::string>& ids) {
  std::string text = "[";
  for (const std::string& id : ids) {
    if (text.size() > 1) text += ',';
    text += '"' + id + '"';
  }
  return text + ']';
}

template <class Request>
void AddTags(const std::vector<eci::v1::Tag>& tags, Request* request) {
  for (const eci::v1::Tag& tag : tags) *request->add_tag() = tag;
}

bool SameNode(const translate::GroupIdentity& a, const translate::GroupIdentity& b) {
  return a.cluster_id == b.cluster_id && a.kube_system_uid == b.kube_system_uid &&
         a.node_name == b.node_name;
}

bool KnowsInitEnds(const GroupState& group) {
  return group.seen && group.seen->init_containers &&
         std::ranges::all_of(*group.seen->init_containers, [](const auto& init) {
           return init.current.phase == translate::ContainerPhase::kTerminated;
         });
}

}  // namespace

StatusPoller::StatusPoller(PollerOptions options, translate::GroupIdentity node, eci::EciApi& cloud,
                           PodTable& pods, GroupBook& book, base::Clock& clock, base::Log& log,
                           base::Metrics& metrics, boost::asio::any_io_executor executor)
    : options_(options),
      node_(std::move(node)),
      cloud_(cloud),
      pods_(pods),
      book_(book),
      clock_(clock),
      log_(log),
      moving_gauge_(metrics.GetGauge("virtual_node_moving_groups",
                                     "Container groups that are starting or ending.")),
      sees_gauge_(metrics.GetGauge("virtual_node_cloud_listing",
                                   "1 while listings of the cloud prove that they see.")),
      looks_(metrics.GetCounter("virtual_node_status_looks_total",
                                "Finished looks at the state of the groups.")),
      failed_looks_(metrics.GetCounter("virtual_node_status_looks_failed_total",
                                       "Looks that ended in an error.")),
      hurry_(std::move(executor)) {
  sees_gauge_.Set(1);
}

void StatusPoller::Hurry(bool census) {
  census_wanted_ = census_wanted_ || census;
  hurry_.Set();
}

boost::asio::awaitable<void> StatusPoller::Run() {
  while (!co_await base::Cancelled()) {
    const TimePoint began = clock_.Now();
    base::Result<int> looked = 0;
    if (CensusDue()) {
      looked = co_await TakeCensus();
    } else if (!book_.moving().empty() && book_.moving().size() <= kIdsPerCall &&
               began - *last_look_ < options_.rest_period) {
      looked = co_await LookAtMoving();
    } else {
      looked = co_await LookAtChanges();
    }
    if (looked) {
      const base::Result<int> fetched = co_await FetchWanted();
      if (fetched)
        *looked += *fetched;
      else
        looked = std::unexpected(fetched.error());
    }
    if (co_await base::Cancelled()) co_return;
    looks_.Add();
    if (looked) {
      failures_ = 0;
    } else {
      ++failures_;
      failed_looks_.Add();
      log_.Warn("cannot read the state of the container groups",
                {{"error", looked.error().message},
                 {"code", looked.error().cloud_code},
                 {"request_id", looked.error().request_id}});
    }
    if (on_look_) on_look_(looked ? nullptr : &looked.error());
    moving_gauge_.Set(static_cast<double>(book_.moving().size()));
    co_await Pause(began, looked.value_or(1));
  }
}

boost::asio::awaitable<void> StatusPoller::Pause(TimePoint began, int calls) {
  TimePoint next = began + Period(calls);
  while (clock_.Now() < next) {
    if (!co_await hurry_.WaitUntil(clock_, next)) co_return;
    // Whoever hurries us wants a look at the busy pace, not one per change.
    if (failures_ == 0) {
      next = std::min(next, began + std::max(options_.busy_period, options_.call_interval * calls));
    }
  }
}

bool StatusPoller::CensusDue() const {
  if (!census_ || census_wanted_ || !last_look_) return true;
  const auto age = clock_.Now() - *census_;
  if (age >= options_.census_period) return true;
  if (age < kCensusWhileDeleting || book_.moving().size() <= kIdsPerCall) return false;
  return std::any_of(book_.moving().begin(), book_.moving().end(), [&](const std::string& id) {
    const PodRecord* const record = pods_.Find(book_.OwnerOf(id));
    return record != nullptr && record->sync.delete_accepted;
  });
}

std::chrono::milliseconds StatusPoller::Period(int calls) const {
  if (failures_ > 0)
    return options_.rest_period * (1 << std::min(failures_ - 1, kLongestBackoffDoublings));
  const auto pace = book_.moving().empty() ? options_.rest_period : options_.busy_period;
  return std::max<std::chrono::milliseconds>(pace, options_.call_interval * calls);
}

std::chrono::seconds StatusPoller::SinceLastLook() const {
  const auto age =
      std::chrono::ceil<std::chrono::seconds>(clock_.Now() - *last_look_) + kSinceMargin;
  return std::clamp(age, kLeastSince, kMostSince);
}

boost::asio::awaitable<base::Result<int>> StatusPoller::LookAtChanges() {
  const TimePoint began = clock_.Now();
  VK_CO_TRY(listing, co_await ListStatus(SinceLastLook(), {}));
  last_look_ = began;
  co_return listing.calls;
}

boost::asio::awaitable<base::Result<int>> StatusPoller::LookAtMoving() {
  const TimePoint began = clock_.Now();
  const std::vector<std::string> asked(book_.moving().begin(), book_.moving().end());
  VK_CO_TRY(listing, co_await ListStatus(std::nullopt, JsonArray(asked)));
  // Of those that are not shown, only our own delete makes the absence believable.
  for (const std::string& id : asked) {
    const PodRecord* const record = pods_.Find(book_.OwnerOf(id));
    if (record != nullptr && record->sync.delete_accepted && !listing.ids.contains(id)) {
      book_.ReportAbsent(id, began);
    }
  }
  co_return listing.calls;
}

boost::asio::awaitable<base::Result<StatusPoller::Listing>> StatusPoller::ListStatus(
    std::optional<std::chrono::seconds> since, std::string ids) {
  Listing listing;
  std::string next_token;
  do {
    eci::v1::DescribeContainerGroupStatusRequest request;
    AddTags(translate::ListingTags(node_), &request);
    if (since) request.set_since_second(static_cast<std::int32_t>(since->count()));
    if (!ids.empty()) request.set_container_group_ids(ids);
    request.set_limit(kStatusPage);
    if (!next_token.empty()) request.set_next_token(next_token);
    VK_CO_TRY(page, co_await cloud_.DescribeContainerGroupStatus(
                        std::move(request), clock_.Now() + options_.call_limit));
    ++listing.calls;
    for (const eci::v1::ContainerGroupStatus& group : page.data()) {
      listing.ids.insert(group.container_group_id());
      translate::GroupObservation seen = translate::ObserveStatus(group);
      if (EndsUntold(seen)) {
        untold_ends_.insert(seen.group_id);
      } else {
        book_.Observe(seen);
      }
    }
    next_token = page.next_token();
  } while (!next_token.empty());
  co_return listing;
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

// Whether it is known to be nobody's. A pod that appeared since may be its owner.
bool StatusPoller::IsStranger(const std::string& group_id) const {
  const auto stranger = strangers_.find(group_id);
  if (stranger == strangers_.end()) return false;
  return stranger->second.duplicate || pods_.Find(stranger->second.identity.pod_uid) == nullptr;
}

boost::asio::awaitable<base::Result<int>> StatusPoller::TakeCensus() {
  const TimePoint began = clock_.Now();
  census_wanted_ = false;
  VK_CO_TRY(listing, co_await ListStatus(std::nullopt, {}));
  std::vector<std::string> unknown;
  for (const std::string& id : listing.ids) {
    if (book_.OwnerOf(id).empty() && !IsStranger(id)) unknown.push_back(id);
  }
  VK_CO_TRY(detail_calls, co_await FetchDetails(std::move(unknown)));
  Conclude(listing, began);
  last_look_ = began;
  census_ = began;
  if (sees_) proven_census_ = began;
  if (!listing.ids.empty()) shown_ = began;
  co_return listing.calls + detail_calls;
}

void StatusPoller::Conclude(const Listing& listing, TimePoint began) {
  const bool sees = !listing.ids.empty() || book_.owners().empty();
  if (sees != sees_) {
    log_.Write(sees ? base::LogLevel::kInfo : base::LogLevel::kWarning,
               sees ? "the cloud's listing shows our groups again"
                    : "the cloud's listing is empty although pods have groups: nothing is "
                      "concluded from it",
               {});
  }
  sees_ = sees;
  sees_gauge_.Set(sees ? 1 : 0);
  std::erase_if(strangers_, [&](const auto& stranger) {
    return sees && stranger.second.first_seen < began && !listing.ids.contains(stranger.first);
  });
  std::vector<std::pair<std::string, std::string>> absent;
  for (const auto& [id, uid] : book_.owners()) {
    const PodRecord* const record = pods_.Find(uid);
    const bool own_delete = record->sync.delete_accepted;
    if (!listing.ids.contains(id) && record->group.known_since < began &&
        (own_delete || !listing.ids.empty())) {
      absent.emplace_back(id, uid);
    }
  }
  for (const auto& [id, uid] : absent) {
    book_.ReportAbsent(id, began);
    const PodRecord* const record = pods_.Find(uid);
    if (record != nullptr && record->group.lost) KeepAnother(uid);
  }
}

// The group that the pod names is lost. If it has another one, that name was old: the agent died
// between the end of the first and the patch that names the second.
void StatusPoller::KeepAnother(const std::string& uid) {
  if (pods_.Find(uid)->group.seen) return;
  const auto rank = [](const Stranger& stranger) {
    return std::pair(stranger.ended, stranger.created_at);
  };
  auto best = strangers_.end();
  for (auto it = strangers_.begin(); it != strangers_.end(); ++it) {
    if (it->second.identity.pod_uid != uid || it->second.ended) continue;
    if (best == strangers_.end() || rank(it->second) < rank(best->second)) best = it;
  }
  if (best == strangers_.end()) return;
  const std::string group_id = best->first;
  strangers_.erase(best);
  book_.Release(uid);
  book_.Claim(uid, group_id);
  log_.Info("adopted a container group", {{"group", group_id}, {"pod_uid", uid}});
}

boost::asio::awaitable<base::Result<int>> StatusPoller::FetchWanted() {
  std::vector<std::string> wanted;
  for (const std::string& id : book_.moving()) {
    const PodRecord* const record = pods_.Find(book_.OwnerOf(id));
    if (record == nullptr || !record->group.seen) continue;
    const GroupStatus status = record->group.seen->status;
    const bool failed = status == GroupStatus::kScheduleFailed || status == GroupStatus::kExpired;
    const bool initializing =
        record->desired.pod->has_init_containers && status != GroupStatus::kScheduling;
    const auto last = detailed_.find(id);
    const bool fresh = last != detailed_.end() && last->second == status && !initializing;
    if ((failed || initializing) && !fresh) wanted.push_back(id);
  }
  std::erase_if(untold_ends_, [&](const std::string& id) {
    const PodRecord* const record = pods_.Find(book_.OwnerOf(id));
    return record == nullptr || record->group.Ended();
  });
  for (const std::string& id : untold_ends_) {
    if (std::ranges::find(wanted, id) == wanted.end()) wanted.push_back(id);
  }
  std::erase_if(detailed_,
                [&](const auto& entry) { return !book_.moving().contains(entry.first); });
  for (const std::string& id : wanted) {
    const auto& seen = pods_.Find(book_.OwnerOf(id))->group.seen;
    if (seen) detailed_[id] = seen->status;
  }
  co_return co_await FetchDetails(std::move(wanted));
}

boost::asio::awaitable<base::Result<int>> StatusPoller::FetchDetails(std::vector<std::string> ids) {
  int calls = 0;
  std::vector<Detail> details;
  for (std::size_t first = 0; first < ids.size(); first += kIdsPerCall) {
    const auto last = std::min(ids.size(), first + kIdsPerCall);
    eci::v1::DescribeContainerGroupsRequest request;
    request.set_container_group_ids(JsonArray({ids.begin() + static_cast<std::ptrdiff_t>(first),
                                               ids.begin() + static_cast<std::ptrdiff_t>(last)}));
    request.set_limit(kIdsPerCall);
    request.set_with_event(true);
    VK_CO_TRY(page, co_await cloud_.DescribeContainerGroups(std::move(request),
                                                            clock_.Now() + options_.call_limit));
    ++calls;
    for (const eci::v1::ContainerGroup& group : page.container_groups()) {
      details.push_back({translate::ObserveGroup(group), translate::ReadIdentity(group)});
    }
  }
  Meet(std::move(details));
  co_return calls;
}

boost::asio::awaitable<base::Status> StatusPoller::Explain(std::string group_id) {
  const auto calls = co_await FetchDetails({std::move(group_id)});
  co_return calls ? base::Status() : base::Status(std::unexpected(calls.error()));
}

void StatusPoller::Meet(std::vector<Detail> details) {
  // The better claim first: a group that could not be placed is no match for one that was, then the
  // older wins.
  std::sort(details.begin(), details.end(), [](const Detail& a, const Detail& b) {
    const auto rank = [](const Detail& detail) {
      return std::tuple(detail.group.status == GroupStatus::kScheduleFailed,
                        detail.group.created_at, detail.group.group_id);
    };
    return rank(a) < rank(b);
  });
  for (const Detail& detail : details) {
    const bool ours = SameNode(detail.identity, node_);
    const std::string owner = book_.OwnerOf(detail.group.group_id);
    const std::string& uid = detail.identity.pod_uid;
    if (!owner.empty() && !uid.empty() && uid != owner) book_.Release(owner);
    if (!book_.OwnerOf(detail.group.group_id).empty()) {
      book_.Observe(detail.group);
    } else if (ours && pods_.Find(detail.identity.pod_uid) != nullptr) {
      Keep(detail);
    } else if (ours) {
      AddStranger(detail, false);
    }
  }
}

// Two groups of one UID: the one the pod names is kept, which is the one it has claimed, else the
// better claim.
void StatusPoller::Keep(const Detail& detail) {
  const std::string& uid = detail.identity.pod_uid;
  const GroupState& present = pods_.Find(uid)->group;
  const bool unplaced = present.presence == GroupState::Presence::kPresent && present.seen &&
                        present.seen->status == GroupStatus::kScheduleFailed;
  if (unplaced && detail.group.status != GroupStatus::kScheduleFailed) book_.Release(uid);
  if (present.refused.contains(detail.group.group_id)) return;
  if (book_.Claim(uid, detail.group.group_id) != detail.group.group_id) {
    AddStranger(detail, true);
    return;
  }
  book_.Observe(detail.group);
  log_.Info("adopted a container group", {{"group", detail.group.group_id}, {"pod_uid", uid}});
}

void StatusPoller::AddStranger(const Detail& detail, bool duplicate) {
  strangers_.try_emplace(detail.group.group_id,
                         Stranger{.identity = detail.identity,
                                  .created_at = detail.group.created_at,
                                  .first_seen = clock_.Now(),
                                  .ended = translate::HasEnded(detail.group.status),
                                  .duplicate = duplicate});
}

boost::asio::awaitable<base::Result<bool>> StatusPoller::Search(std::string uid) {
  const PodRecord* const wanted = pods_.Find(uid);
  if (wanted == nullptr) co_return false;
  translate::GroupIdentity identity = node_;
  identity.ns = wanted->desired.pod->ns;
  identity.pod_name = wanted->desired.pod->name;
  identity.pod_uid = uid;
  std::vector<Detail> found;
  std::string next_token;
  do {
    eci::v1::DescribeContainerGroupsRequest request;
    AddTags(translate::IdentityTags(identity), &request);
    request.set_limit(kIdsPerCall);
    if (!next_token.empty()) request.set_next_token(next_token);
    VK_CO_TRY(page, co_await cloud_.DescribeContainerGroups(std::move(request),
                                                            clock_.Now() + options_.call_limit));
    for (const eci::v1::ContainerGroup& group : page.container_groups()) {
      Detail detail{translate::ObserveGroup(group), translate::ReadIdentity(group)};
      if (detail.identity.pod_uid == uid) found.push_back(std::move(detail));
    }
    next_token = page.next_token();
  } while (!next_token.empty());
  const bool any = !found.empty();
  Meet(std::move(found));
  co_return any;
}

}  // namespace vk::agent
