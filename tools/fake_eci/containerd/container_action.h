#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "tools/fake_eci/containerd/cri_client.h"

namespace vk::eci::v1 {
class Container;
class Probe;
}  // namespace vk::eci::v1

namespace vk::fake {

// What a probe or a hook does: run a command in the container, ask it over HTTP, or connect to it.
// At most one of the three is set.
struct ContainerAction {
  struct Http {
    std::string host;  // Empty: the group's address.
    int port = 0;
    std::string path;
    bool tls = false;
    std::vector<std::pair<std::string, std::string>> headers;
  };
  struct Tcp {
    std::string host;
    int port = 0;
  };
  std::vector<std::string> command;
  std::optional<Http> http;
  std::optional<Tcp> tcp;

  bool empty() const { return command.empty() && !http && !tcp; }
};

// A probe with the cloud's defaults filled in.
struct ProbePlan {
  ContainerAction action;
  std::chrono::seconds delay{0};
  std::chrono::seconds period{10};
  std::chrono::seconds timeout{1};
  int successes = 1;  // In a row, until the probe counts as passed.
  int failures = 3;
};
ProbePlan PlanOf(const eci::v1::Probe& probe);

ContainerAction PostStartOf(const eci::v1::Container& container);
ContainerAction PreStopOf(const eci::v1::Container& container);

// Does it. OK as the kubelet sees it: the command exits with 0, HTTP answers 200 to 399 (whoever
// signed its certificate), the connection opens. Errors say what happened instead, in the
// kubelet's words. Sources: pkg/probe, pkg/kubelet/lifecycle/handlers.go.
boost::asio::awaitable<base::Status> Perform(ContainerAction action, std::string container_id,
                                             std::string address, base::TimePoint deadline,
                                             CriClient& cri, base::Clock& clock);

}  // namespace vk::fake
