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
#include "provider/translate/identity.h"

namespace vk::agent {

struct PollerOptions {
  std::chrono::milliseconds busy_period{125};  // Between looks while a group is starting or ending.
  std::chrono::milliseconds rest_period{1000};  // Otherwise.
  // From the start of one look to the next at least this for each of its calls.
  std::chrono::milliseconds call_interval{100};
  // Between complete listings; 2 s while a delete awaits its end and many groups move.
  std::chrono::seconds census_period{30};
  std::chrono::seconds call_limit{20};  // Deadline of one call.
};

// A group with all our listing tags that no pod here claims.
struct Stranger {
  translate::GroupIdentity identity;
  translate::Seconds created_at = 0;  // The cloud's time.
  base::TimePoint first_seen;
  bool ended = false;
  bool duplicate = false;  // Its pod has another group.
};

// Asks the cloud for the state of all groups with as few calls as possible: what changed lately,
// one page per 200 groups, often while something moves; a complete listing (the census) now and
// then, which alone tells what does not exist. Writes GroupBook. Core thread.
class StatusPoller {
 public:
  // Called after each look: its error, or null.
  using OnLook = std::function<void(const base::Error* error)>;
  void set_on_look(OnLook on_look) { on_look_ = std::move(on_look); }

  // REQUIRES: all arguments outlive this object, and this object its Run.
  StatusPoller(PollerOptions options, translate::GroupIdentity node, eci::EciApi& cloud,
               PodTable& pods, GroupBook& book, base::Clock& clock, base::Log& log,
               base::Metrics& metrics, boost::asio::any_io_executor executor);

  // Until cancelled.
  boost::asio::awaitable<void> Run();

  // Something moves, or a census is wanted (`census`): the next look comes as soon as busy_period
  // and call_interval allow. No effect while looks fail.
  void Hurry(bool census = false);

  // Asks for groups by this pod's UID tag and claims what it finds. True when the cloud listed at
  // least one; PodRecord::group tells whether it became the pod's. Errors: the cloud's.
  boost::asio::awaitable<base::Result<bool>> Search(std::string uid);

  // Asks what became of this group, events included, for the reason of its end; the answer goes
  // into the book. Errors: the cloud's.
  boost::asio::awaitable<base::Status> Explain(std::string group_id);

  // When the newest finished census began; unset before the first.
  std::optional<base::TimePoint> census() const { return census_; }

  // When the newest census began that showed a group of ours or one just made, and so proved that
  // it sees (docs/ownership.md §3): only such a one says that a group does not exist.
  std::optional<base::TimePoint> proven_census() const { return proven_census_; }

  // When the newest census began that showed a group of ours.
  std::optional<base::TimePoint> shown() const { return shown_; }

  // False while every listing is empty although a pod has a group (docs/ownership.md §3): nothing
  // is concluded from absence then.
  bool sees() const { return sees_; }

  const std::map<std::string, Stranger>& strangers() const { return strangers_; }
  void ForgetStranger(const std::string& group_id) { strangers_.erase(group_id); }

 private:
  struct Detail {
    translate::GroupObservation group;
    translate::GroupIdentity identity;
  };
  struct Listing {
    std::set<std::string> ids;
    int calls = 0;
  };

  boost::asio::awaitable<base::Result<int>> LookAtChanges();
  boost::asio::awaitable<base::Result<int>> LookAtMoving();
  boost::asio::awaitable<base::Result<int>> TakeCensus();
  boost::asio::awaitable<base::Result<Listing>> ListStatus(
      std::optional<std::chrono::seconds> since, std::string ids);
  boost::asio::awaitable<base::Result<int>> FetchDetails(std::vector<std::string> ids);
  boost::asio::awaitable<base::Result<int>> FetchWanted();
  void Conclude(const Listing& listing, base::TimePoint began);
  void Meet(std::vector<Detail> details);
  void Keep(const Detail& detail);
  bool IsStranger(const std::string& group_id) const;
  bool EndsUntold(const translate::GroupObservation& seen) const;
  void KeepAnother(const std::string& uid);
  void AddStranger(const Detail& detail, bool duplicate);
  boost::asio::awaitable<void> Pause(base::TimePoint began, int calls);
  std::chrono::milliseconds Period(int calls) const;
  bool CensusDue() const;
  std::chrono::seconds SinceLastLook() const;

  const PollerOptions options_;
  const translate::GroupIdentity node_;
  eci::EciApi& cloud_;
  PodTable& pods_;
  GroupBook& book_;
  base::Clock& clock_;
  base::Log& log_;
  base::Gauge& moving_gauge_;
  base::Gauge& sees_gauge_;
  base::Counter& looks_;
  base::Counter& failed_looks_;
  OnLook on_look_;
  base::Event hurry_;
  std::optional<base::TimePoint> census_;
  std::optional<base::TimePoint> proven_census_;
  std::optional<base::TimePoint> shown_;
  std::optional<base::TimePoint> last_look_;  // When the newest finished look began.
  bool census_wanted_ = false;
  bool sees_ = true;
  int failures_ = 0;
  std::map<std::string, Stranger> strangers_;
  std::map<std::string, translate::GroupStatus>
      detailed_;  // Status with which details were fetched last.
  std::set<std::string>
      untold_ends_;  // Ended groups that are observed once their details are there.
};

}  // namespace vk::agent
