#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/task_group.h"
#include "tools/fake_eci/containerd/container_process.h"
#include "tools/fake_eci/containerd/containerd_process.h"
#include "tools/fake_eci/containerd/cri_client.h"
#include "tools/fake_eci/containerd/group_machine.h"
#include "tools/fake_eci/containerd/image_keeper.h"
#include "tools/fake_eci/containerd/image_store.h"
#include "tools/fake_eci/containerd/usage_reader.h"
#include "tools/fake_eci/engine/group/adoption.h"
#include "tools/fake_eci/engine/group/group_host.h"

namespace runtime::v1 {
class ListContainersResponse;
class PodSandbox;
}  // namespace runtime::v1

namespace vk::fake {

// Groups as real containers: each a sandbox of a containerd that this object starts, with the
// address that the cloud reserved for it. Ends of containers are seen when they happen, by
// containerd's events. Used on one thread.
class ContainerdHost final : public GroupHost {
 public:
  // To be called with what becomes of what it is told.
  using OnReport = std::function<void(const HostReport&)>;

  // To be called with each group of an earlier process that was found; null: it is not wanted.
  using OnFound = std::function<const Group*(std::string_view snapshot,
                                             const std::vector<FoundContainer>& containers)>;

  // Where its news goes.
  struct Listener {
    OnReport on_report;
    OnFound on_found;
    ImageKeeper::OnReport on_images;
    // To be called with each image cache of an earlier process.
    std::function<base::Status(std::string_view snapshot)> on_found_cache;
  };

  // REQUIRES: clock, log and executor outlive it.
  ContainerdHost(ContainerdOptions options, RuntimePaths paths, base::Clock& clock, base::Log& log,
                 boost::asio::any_io_executor executor, Listener listener);
  ~ContainerdHost() override;

  // Starts containerd, or takes up the one of an earlier process; nothing is told it before.
  // Errors: those of ContainerdProcess::Start.
  boost::asio::awaitable<base::Status> Begin();

  // Takes up groups and image caches of an earlier process; what nobody uses is removed, images,
  // too. Errors: containerd's.
  boost::asio::awaitable<base::Status> TakeUp();

  // Lets go of containerd and of all groups, which go on. To be called once nothing tells it
  // anything any more.
  boost::asio::awaitable<void> End();

  // After Begin has failed, or when the program does not come to serve: End, and ends the
  // containerd that Begin has started. Idempotent.
  boost::asio::awaitable<void> GiveUp();

  // The images of caches. Lives as long as this.
  ImageHost& image_host() { return keeper_; }

  // Runs a command to its end and returns what it printed, with a last line that tells an exit code
  // other than 0. Errors: containerd's; kNotFound when the container does not run.
  boost::asio::awaitable<base::Result<std::string>> Run(HostCommand command);

  // Starts a command whose streams somebody wants, or opens the streams it names. Errors: as
  // above, and kInternal.
  base::Result<std::unique_ptr<ContainerProcess>> StartProcess(HostCommand command);

  void Prepare(const Group& group) override;
  void Start(const Group& group, std::size_t container) override;
  void Stop(const Group& group, std::size_t container, std::chrono::nanoseconds grace) override;
  void Release(const Group& group) override;
  void Forget(const Group& group) override;
  std::vector<LogLine> ReadLog(const Group& group, std::size_t container, int life) const override;
  std::vector<UsageSample> ReadUsage(const Group& group, base::WallTime from,
                                     base::WallTime until) const override;

 private:
  base::Result<std::string> IdOf(const HostCommand& command) const;
  GroupMachine& MachineOf(const Group& group);
  void DropFinished();
  boost::asio::awaitable<base::Status> FindGroups();
  bool AdoptSandbox(const runtime::v1::PodSandbox& sandbox,
                    const runtime::v1::ListContainersResponse& containers);
  boost::asio::awaitable<void> RemoveSandbox(std::string id);
  void OnExit(const std::string& container_id);
  boost::asio::awaitable<void> WatchExits();
  boost::asio::awaitable<void> FindMissedExits();
  // Has all machines do it once a period.
  boost::asio::awaitable<void> Repeat(std::chrono::seconds period, void (GroupMachine::*look)());

  const RuntimePaths paths_;
  const std::string name_server_;
  const std::chrono::seconds usage_period_;
  const std::chrono::seconds volume_period_;
  const UsageReader usage_;
  base::Clock& clock_;
  base::Log& log_;
  const Listener listener_;
  ContainerdProcess process_;
  CriClient cri_;
  const boost::asio::any_io_executor executor_;
  base::TaskGroup tasks_;
  ImageStore images_;
  ImageKeeper keeper_;
  std::map<std::uint64_t, std::unique_ptr<GroupMachine>> machines_;
};

}  // namespace vk::fake
