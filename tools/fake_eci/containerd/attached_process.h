#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "base/clock.h"
#include "tools/fake_eci/containerd/container_process.h"
#include "tools/fake_eci/containerd/cri_client.h"

namespace vk::fake {

struct ContainerStreams {
  std::string container_id;
  bool terminal = false;  // As the container was made.
  bool input = false;
};

// A container's own process, as far as its streams go: Kill only lets go of it, and the exit code
// is 0 once its outputs have ended. The end of the input ends the container's where it was made
// with StdinOnce; a terminal has no such end. Each stream is one connection with containerd, since
// its WebSockets (v4.channel.k8s.io) can end the input only together with the connection; so a
// client's leaving, too, ends the input of a container with StdinOnce. It joins them a moment after
// the handshake: what is printed before is in the log alone. REQUIRES: `cri` and `clock` outlive
// it.
std::unique_ptr<ContainerProcess> AttachProcess(ContainerStreams streams, CriClient& cri,
                                                base::Clock& clock,
                                                boost::asio::any_io_executor executor);

}  // namespace vk::fake
