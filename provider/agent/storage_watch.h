#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "eci_client/eci_api.h"
#include "provider/agent/events.h"
#include "provider/agent/group_book.h"
#include "provider/agent/group_queries.h"

namespace vk::agent {

struct StorageWatchOptions {
  // Off where the cloud counts more into a group's disk than what its containers have written.
  bool enabled = true;
  std::chrono::seconds period{30};  // Between two rounds.
  std::chrono::seconds call_limit{20};
};

// Evicts pods whose groups have outgrown the limits of ephemeral-storage of their containers: the
// cloud has no such limit and tells what a group's disk holds, by a call for 20 groups. Only groups
// of pods with a limit are asked for, and while there is none no call is made. Marks the group in
// GroupBook; PodSync ends it, and StatusManager tells the pod's end (docs/ownership.md §4). Core
// thread.
class StorageWatch {
 public:
  // `may_act` tells whether the process Lease is held. All outlive the object.
  StorageWatch(StorageWatchOptions options, translate::GroupIdentity node, eci::EciApi& cloud,
               PodTable& pods, GroupBook& book, Events& events, std::function<bool()> may_act,
               base::Clock& clock, base::Log& log, base::Metrics& metrics);

  // Until cancelled.
  boost::asio::awaitable<void> Run();

 private:
  std::vector<std::string> WatchedGroups() const;
  boost::asio::awaitable<bool> Measure(std::vector<std::string> group_ids);
  void Judge(const std::string& group_id, std::int64_t bytes_written);

  const StorageWatchOptions options_;
  GroupQueries queries_;
  PodTable& pods_;
  GroupBook& book_;
  Events& events_;
  const std::function<bool()> may_act_;
  base::Clock& clock_;
  base::Log& log_;
  base::Counter& evicted_;
};

}  // namespace vk::agent
