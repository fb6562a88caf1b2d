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
//
// One that runs under another configuration, as of a program with other flags, is ended and started
// anew, which its containers survive. What a folder left behind that was removed is removed, too:
// its containerd would answer at the socket of the new one.
class ContainerdProcess {
 public:
  ContainerdProcess(ContainerdOptions options, RuntimePaths paths)
      : options_(std::move(options)), paths_(std::move(paths)) {}

  // Writes the configuration, starts containerd unless it runs, and imports the archives. Errors:
  // kInvalidArgument (not root, no such program, the network overlaps with another one, another
  // fake-eci has the folder, no sandbox image), naming the remedy;
  // kUnavailable when containerd does not answer in time, naming its log. After an error, and when
  // something else keeps the program from serving: Undo.
  boost::asio::awaitable<base::Status> Start(CriClient& cri, base::Clock& clock);

  // Ends what Start has started and takes back the rules that it made; what ran before goes on.
  // Idempotent.
  boost::asio::awaitable<void> Undo(base::Clock& clock);

  // What belongs to every machine: the sandbox's image and those of the archives.
  const std::vector<std::string>& own_images() const { return own_images_; }

 private:
  base::Status CheckMachine() const;
  std::string Configuration() const;
  base::Status WriteConfiguration() const;
  boost::asio::awaitable<base::Status> Run(base::Clock& clock);
  base::Status OpenNetwork();
  base::Status ImportArchives();
  boost::asio::awaitable<base::Status> CheckSandboxImage(CriClient& cri, base::Clock& clock) const;

  const ContainerdOptions options_;
  const RuntimePaths paths_;
  std::optional<RuntimeFolder> folder_;
  std::optional<int> started_;  // Process id of the containerd that this object started.
  std::vector<std::vector<std::string>> made_rules_;  // As iptables' arguments.
  std::vector<std::string> own_images_;
};

// Ends all processes of a runtime with these paths and removes what it has outside its folders:
// mounts, network, control groups. Idempotent. Blocks.
void RemoveTraces(const RuntimePaths& paths);

// Removes everything that a runtime with these paths ever made on this machine: processes, mounts,
// network, control groups, files. What is not there is no error, so that it serves after a crash at
// any point. Errors: kInvalidArgument when the folder is not a runtime's or a fake-eci works in it
// (nothing is removed then); else what could not be removed. Blocks.
base::Status Purge(const RuntimePaths& paths);

}  // namespace vk::fake
