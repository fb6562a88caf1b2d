#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/event.h"
#include "base/log.h"
#include "base/metrics.h"
#include "eci_client/eci_api.h"
#include "provider/agent/events.h"
#include "provider/agent/group_book.h"
#include "provider/agent/group_queries.h"

namespace vk::agent {

// What the cloud knows of groups that do not run (failed pulls, trouble with the sandbox, probes,
// kills, image caches) as events of their pods, each reason and message once, also over restarts of
// this process. A group is asked about when it has been starting for over 5 s, when its container
// is not ready for so long, when it failed, and when one of its containers was restarted; again
// when what is seen of it changes, else after 10 s, doubled up to 45 s. At most one call in 3
// s, oldest unexplained group first; none while no group is waiting for an answer.
//
// An error is asked again later, up to 5 minutes; a missing permission, which one event of the node
// tells, after 10 minutes. Core thread.
class GroupEvents {
 public:
  // REQUIRES: all arguments outlive this object, and this object its Run.
  GroupEvents(translate::GroupIdentity node, eci::EciApi& cloud, PodTable& pods,
              const GroupBook& book, Events& events, base::Clock& clock, base::Log& log,
              base::Metrics& metrics, boost::asio::any_io_executor executor);

  // Something about the group of this pod may have changed.
  void Changed(const std::string& uid);

  // Until cancelled.
  boost::asio::awaitable<void> Run();

 private:
  struct Watched {
    std::string group_id;
    std::string seen;  // What the group showed when it was last asked about.
    base::TimePoint since;
    base::TimePoint due;
    int asked = 0;
    std::set<std::size_t> told;  // Hashes of events.
  };

  base::TimePoint NextDue() const;
  std::vector<std::string> Due();
  boost::asio::awaitable<void> Ask();
  boost::asio::awaitable<bool> AskPage(std::vector<std::string> ids);
  void Tell(const eci::v1::DescribeContainerGroupEventsResponse& page);
  void Asked(const std::string& group_id);
  void Failed(const base::Error& error);

  PodTable& pods_;
  const GroupBook& book_;
  Events& events_;
  base::Clock& clock_;
  base::Log& log_;
  GroupQueries queries_;
  base::Counter& calls_;
  base::Event changed_;
  std::map<std::string, Watched> watched_;  // By pod UID.
  // The listing by tag that is under way: who waits for it, and where it goes on.
  std::vector<std::string> listed_for_;
  std::string token_;
  int listed_ = 0;
  bool pages_go_on_ = true;  // False once a page that is not the last named no next one.
  base::TimePoint next_call_;
  int failures_ = 0;
  bool forbidden_told_ = false;
};

}  // namespace vk::agent
