#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/event.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/task_group.h"
#include "eci_client/eci_api.h"
#include "provider/agent/group_book.h"
#include "provider/agent/group_claims.h"
#include "provider/agent/group_queries.h"

namespace vk::agent {

struct PollerOptions {
  std::chrono::milliseconds busy_period{125};  // Between polls while a group is starting or ending.
  std::chrono::milliseconds rest_period{1000};  // Otherwise.
  // A group that neither ends nor starts for so long is polled at rest_period.
  std::chrono::minutes busy_limit{2};
  // From the start of one poll to the next at least this for each of its calls.
  std::chrono::milliseconds call_interval{100};
  // Between complete listings; 2 s while a delete awaits its end and many groups move.
  std::chrono::seconds relist_period{30};
  // Between listings, and between rounds of questions by id, while the poller is blind.
  std::chrono::seconds blind_relist_period{60};
  std::chrono::seconds blind_period{10};
  // Between two calls for details of groups that start: while groups move, and otherwise.
  std::chrono::milliseconds busy_detail_period{300};
  std::chrono::milliseconds rest_detail_period{2000};
  std::chrono::seconds call_limit{20};  // Deadline of one call.
};

// Asks the cloud for the state of all groups with as few calls as possible: what changed lately,
// one page per 200 groups, often while something moves; a complete listing (the full relist) now
// and then, which alone tells what does not exist. Writes GroupBook, by way of GroupClaims where it
// has to be decided whose a group is. Core thread.
//
// It is blind while the full relist is empty although a pod that has not ended has a group
// (docs/ownership.md §3): nothing is concluded from absence then, listings are rare, and the groups
// are asked for by their ids.
class StatusPoller {
 public:
  // Called after each poll: its error, or null.
  using OnPoll = std::function<void(const base::Error* error)>;
  void set_on_poll(OnPoll on_poll) { on_poll_ = std::move(on_poll); }

  // REQUIRES: all arguments outlive this object, and this object its Run.
  StatusPoller(PollerOptions options, translate::GroupIdentity node, eci::EciApi& cloud,
               PodTable& pods, GroupBook& book, base::Clock& clock, base::Log& log,
               base::Metrics& metrics, boost::asio::any_io_executor executor);

  // Until cancelled.
  boost::asio::awaitable<void> Run();

  // Something moves, or a full relist is wanted (`relist`): the next poll comes as soon as
  // busy_period and call_interval allow. No effect while polls fail or the poller is blind.
  void Hurry(bool relist = false);

  // Asks for groups by this pod's UID tag and claims what it finds; PodRecord::group tells. That it
  // finds none proves nothing. Errors: the cloud's.
  boost::asio::awaitable<base::Status> Search(std::string uid);

  // Asks what became of this group, events included, for the reason of its end; the answer goes
  // into the book. Errors: the cloud's.
  boost::asio::awaitable<base::Status> Explain(std::string group_id);

  // When the newest finished full relist began; unset before the first.
  std::optional<base::TimePoint> relist() const { return relist_; }

  // The same, of those that are believed about what they did not show (docs/ownership.md §3): it
  // was not blind.
  std::optional<base::TimePoint> believed() const { return believed_; }

  // The same, of those that are proven to see: they showed a group of ours, or they were wanted,
  // and listings of the whole account showed others meanwhile.
  std::optional<base::TimePoint> shown() const { return shown_; }

  bool sees() const { return sees_; }

  const GroupClaims& claims() const { return claims_; }

 private:
  struct DetailAsked {
    translate::GroupStatus status;  // The group's at that time.
    base::TimePoint when;
  };

  boost::asio::awaitable<base::Result<int>> Poll(base::TimePoint began);
  boost::asio::awaitable<base::Result<int>> PollChanges(base::TimePoint began);
  boost::asio::awaitable<base::Result<int>> PollInTransition(base::TimePoint began);
  boost::asio::awaitable<base::Result<int>> Relist(base::TimePoint began);
  boost::asio::awaitable<base::Result<bool>> IsEmptyForSure();
  void Observe(const StatusListing& listing);
  void Conclude(const StatusListing& listing, base::TimePoint began);
  void SetSight(bool sees);
  bool IsEvidence(const PodRecord& record, base::TimePoint began) const;
  bool HasEvidence(base::TimePoint began) const;

  boost::asio::awaitable<void> AskById();
  std::vector<std::string> WhomToAskFor();
  boost::asio::awaitable<bool> IsGone(std::string group_id, std::string container);
  void GiveUp(const std::string& group_id);

  boost::asio::awaitable<base::Result<int>> FetchDetails(std::vector<std::string> ids);
  boost::asio::awaitable<int> FetchWanted();
  std::vector<std::string> WantedDetails();
  bool EndsUntold(const translate::GroupObservation& seen) const;

  boost::asio::awaitable<void> Pause(base::TimePoint began, int calls);
  std::chrono::milliseconds Period(int calls) const;
  bool IsBusy() const;
  bool RelistDue() const;
  std::chrono::seconds SinceLastPoll() const;

  const PollerOptions options_;
  PodTable& pods_;
  GroupBook& book_;
  base::Clock& clock_;
  base::Log& log_;
  GroupQueries queries_;
  GroupClaims claims_;
  base::Gauge& in_transition_gauge_;
  base::Gauge& sees_gauge_;
  base::Counter& polls_;
  base::Counter& failed_polls_;
  OnPoll on_poll_;
  base::Event hurry_;
  std::optional<base::TimePoint> relist_;
  std::optional<base::TimePoint> relist_tried_;
  std::optional<base::TimePoint> believed_;
  std::optional<base::TimePoint> shown_;
  std::optional<base::TimePoint> last_poll_;  // When the newest finished poll began.
  bool relist_wanted_ = false;
  bool sees_ = true;
  int failures_ = 0;
  std::string asked_last_;  // By its id, while blind: the next one follows it.
  std::map<std::string, DetailAsked> detailed_;
  base::TimePoint next_details_;
  std::set<std::string>
      untold_ends_;  // Ended groups that are observed once their details are there.
};

}  // namespace vk::agent
