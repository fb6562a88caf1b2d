#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/http/server.h"
#include "base/log.h"
#include "base/result.h"
#include "eci_client/eci_api.h"
#include "provider/agent/pod_access.h"
#include "provider/kubelet_api/log_options.h"

namespace vk::kubelet {

struct ContainerLogsOptions {
  std::chrono::milliseconds poll_interval{1000};  // Between two reads of a followed log.
  std::chrono::seconds call_limit{30};            // For one call, waiting for its turn included.
};

// Serves containers' logs out of DescribeContainerLog, with the kubelet's rules and words. What the
// cloud cannot do shows: one answer holds 2,000 lines or 1 MiB, so the whole log of a container is
// its last 2,000 lines, and a followed one that writes more between two polls loses lines; a line
// in their place says so. Core thread.
class ContainerLogs {
 public:
  // REQUIRES: everything referred to outlives it.
  ContainerLogs(ContainerLogsOptions options, const agent::PodAccess& pods, eci::EciApi& cloud,
                base::Clock& clock, base::Log& log);

  // Answers GET /containerLogs/{ns}/{pod}/{container}?query. A followed log ends when the container
  // has ended (a restart is an end) and everything was sent, or when the client has gone; it breaks
  // off when the cloud refuses for good.
  boost::asio::awaitable<void> Serve(std::string ns, std::string pod, std::string container,
                                     std::string query, base::HttpResponder& responder);

 private:
  const ContainerLogsOptions options_;
  const agent::PodAccess& pods_;
  eci::EciApi& cloud_;
  base::Clock& clock_;
  base::Log& log_;
};

}  // namespace vk::kubelet
