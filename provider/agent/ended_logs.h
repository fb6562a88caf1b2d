#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "eci_client/eci_api.h"
#include "provider/agent/group_logs.h"
#include "provider/agent/pod_record.h"

namespace vk::agent {

// The logs of groups that this node ends while their pods stay, such as those whose deadline is
// over: the cloud forgets a log with its group, a kubelet keeps it until the pod's object goes.
// Kept in memory, so that a restart of the process loses them. Core thread; outlives the terms of
// the Lease.
class EndedLogs {
 public:
  // All logs together; beyond it those go that were fetched first.
  static constexpr std::size_t kMostBytes = std::size_t{64} << 20;

  // REQUIRES: `cloud`, `clock` and `log` outlive it.
  EndedLogs(eci::EciApi& cloud, base::Clock& clock, base::Log& log)
      : cloud_(cloud), clock_(clock), log_(log) {}

  // Fetches what the containers of the pod's group have printed until now, in at most 20 s. What
  // cannot be read stays as it was fetched before; that is logged, and no reason to let a group run
  // on.
  boost::asio::awaitable<void> Fetch(std::string uid, translate::GroupObservation group);

  // Null when none were fetched, or they had to make room.
  std::shared_ptr<const GroupLogs> Of(const std::string& uid) const;

  // The pod's object is gone.
  void Forget(const std::string& uid);

 private:
  boost::asio::awaitable<std::string> Read(std::string group_id, std::string container,
                                           bool previous, base::TimePoint deadline);
  void Put(const std::string& uid, GroupLogs logs);

  eci::EciApi& cloud_;
  base::Clock& clock_;
  base::Log& log_;
  std::map<std::string, std::shared_ptr<const GroupLogs>> logs_;  // By UID.
  std::deque<std::string> order_;                                 // UIDs, the oldest first.
  std::size_t bytes_ = 0;
};

// Whether the logs of the pod's group are to be fetched before it is deleted: a container of it has
// run, and that was not done yet.
bool WantsLogsBeforeDelete(const PodRecord& record);

// Whether they are to be fetched once more, for what the containers printed while they ended.
bool WantsLogsAfterEnd(const PodRecord& record);

}  // namespace vk::agent
