#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"
#include "eci_client/eci_api.h"
#include "provider/agent/pod_snapshot.h"

namespace vk::agent {

// The call that deletes a pod's group, with its metrics and log. Core thread.
class GroupDeleter {
 public:
  // REQUIRES: everything referred to outlives it.
  GroupDeleter(eci::EciApi& cloud, base::Log& log, base::Metrics& metrics);

  // `force` ends the group without its grace. Errors: those of the call; NotFound, a cancellation
  // and a call that did not leave are no failures and are not counted as such.
  boost::asio::awaitable<base::Status> Delete(std::shared_ptr<const PodSnapshot> pod,
                                              std::string group_id, bool force,
                                              eci::WriteLimits limits);

 private:
  eci::EciApi& cloud_;
  base::Log& log_;
  base::Counter& deleted_;
  base::Counter& delete_errors_;
};

}  // namespace vk::agent
