#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "tools/fake_eci/containerd/containerd_options.h"
#include "tools/fake_eci/containerd/cri_client.h"
#include "tools/fake_eci/containerd/paths.h"

namespace vk::fake {

// The containerd that runs the groups: its configuration, its process, its network. It and its
// containers outlive this program until they are purged. Blocks while it starts and stops.
class ContainerdProcess {
 public:
  ContainerdProcess(ContainerdOptions options, RuntimePaths paths)
      : options_(std::move(options)), paths_(std::move(paths)) {}

  // Writes the configuration, starts containerd and imports the archives. Errors: kInvalidArgument
  // (not root, no such program, the network overlaps with another one), naming the remedy;
  // kUnavailable when containerd does not answer in time, naming its log.
  boost::asio::awaitable<base::Status> Start(CriClient& cri, base::Clock& clock);

 private:
  base::Status CheckMachine() const;
  base::Status WriteConfiguration() const;
  base::Status OpenNetwork() const;
  base::Status ImportArchives() const;

  const ContainerdOptions options_;
  const RuntimePaths paths_;
};

// Removes everything that a runtime with these paths ever made on this machine: processes, mounts,
// network, control groups, files. What is not there is no error, so that it serves after a crash at
// any point. Errors: what could not be removed. Blocks.
base::Status Purge(const RuntimePaths& paths);

}  // namespace vk::fake
