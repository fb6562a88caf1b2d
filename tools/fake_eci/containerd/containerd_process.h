#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "tools/fake_eci/containerd/containerd_options.h"
#include "tools/fake_eci/containerd/cri_client.h"
#include "tools/fake_eci/containerd/paths.h"
#include "tools/fake_eci/containerd/runtime_folder.h"

namespace vk::fake {

// The containerd that runs the groups: its configuration, its process, its network. It and its
// containers outlive this program, and are taken up by the next one with these paths, until they
// are purged. Holds the folder's lock as long as it lives. Blocks while it starts.
class ContainerdProcess {
 public:
  ContainerdProcess(ContainerdOptions options, RuntimePaths paths)
      : options_(std::move(options)), paths_(std::move(paths)) {}

  // Writes the configuration, starts containerd unless it runs, and imports the archives. Errors:
  // kInvalidArgument (not root, no such program, the network overlaps with another one, another
  // fake-eci has the folder, no sandbox image), naming the remedy;
  // kUnavailable when containerd does not answer in time, naming its log.
  boost::asio::awaitable<base::Status> Start(CriClient& cri, base::Clock& clock);

  // What belongs to every machine: the sandbox's image and those of the archives.
  const std::vector<std::string>& own_images() const { return own_images_; }

 private:
  bool Runs() const;
  base::Status CheckMachine() const;
  base::Status WriteConfiguration() const;
  base::Status OpenNetwork() const;
  base::Status ImportArchives();
  boost::asio::awaitable<base::Status> CheckSandboxImage(CriClient& cri, base::Clock& clock) const;

  const ContainerdOptions options_;
  const RuntimePaths paths_;
  std::optional<RuntimeFolder> folder_;
  std::vector<std::string> own_images_;
};

// Removes everything that a runtime with these paths ever made on this machine: processes, mounts,
// network, control groups, files. What is not there is no error, so that it serves after a crash at
// any point. Errors: kInvalidArgument when the folder is not a runtime's or a fake-eci works in it
// (nothing is removed then); else what could not be removed. Blocks.
base::Status Purge(const RuntimePaths& paths);

}  // namespace vk::fake
