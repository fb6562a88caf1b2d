#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "base/result.h"
#include "tools/fake_eci/containerd/container_process.h"

namespace vk::fake {

// A TCP stream to `port` of the loopback that process `pid` sees, in the shape of a process: what
// comes is its output, which ends with the other side's end, and so does it, with 0; the end of the
// input ends our side alone. Kill breaks it. Wait's error is why it could not connect.
// Errors: kInternal (no such process, or no right to enter its network).
base::Result<std::unique_ptr<ContainerProcess>> OpenPortStream(
    const std::string& pid, int port, boost::asio::any_io_executor executor);

}  // namespace vk::fake
