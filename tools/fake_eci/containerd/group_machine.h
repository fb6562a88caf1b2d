#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/event.h"
#include "base/log.h"
#include "base/task_group.h"
#include "tools/fake_eci/containerd/container_action.h"
#include "tools/fake_eci/containerd/cri_client.h"
#include "tools/fake_eci/containerd/hosted_group.h"
#include "tools/fake_eci/containerd/image_store.h"
#include "tools/fake_eci/containerd/usage_history.h"
#include "tools/fake_eci/containerd/usage_reader.h"
#include "tools/fake_eci/containerd/volume_limits.h"
#include "tools/fake_eci/engine/group/group_host.h"

namespace runtime::v1 {
class ContainerConfig;
}  // namespace runtime::v1

namespace vk::fake {

// Why a container did not start.
struct StartTrouble {
  std::string_view reason;  // The kubelet's word for it, such as "ErrImagePull".
  base::Error error;
};

// The machine of one group: its sandbox, its containers, its files. What it is told is done in that
// order, one thing at a time; stops run beside it, since they take as long as a grace, and so does
// the pause after which a container that could not start is tried again. Owned by
// ContainerdHost; lives until its last job has ended. Used on one thread.
class GroupMachine {
 public:
  // What machines share; all outlive them.
  struct Parts {
    CriClient& cri;
    ImageStore& images;
    const RuntimePaths& paths;
    const std::string& name_server;
    const UsageReader& usage;
    base::Clock& clock;
    base::Log& log;
    base::TaskGroup& tasks;
    std::function<void(const HostReport&)> report;
  };

  GroupMachine(const Parts& parts, std::uint64_t number, std::string group_id);

  void Prepare(HostedGroup group);
  // One life: which container, under which epoch of the engine's, and how often it was restarted.
  struct Life {
    std::size_t container = 0;
    std::uint64_t epoch = 0;
    int attempt = 0;
    std::string name;
  };
  void Start(HostedGroup group, Life life);
  void Stop(std::size_t container, std::chrono::nanoseconds grace);
  void Release();

  // Takes up the sandbox and the containers of an earlier process, removes those that it made and
  // did not start (`unstarted`, ids), and then reports kPrepared. REQUIRES: OnExit is called for
  // those that have ended meanwhile.
  struct Found {
    Life life;
    std::string id;
  };
  void Adopt(HostedGroup group, std::string sandbox, std::vector<Found> containers,
             std::vector<std::string> unstarted);
  void Forget();

  // containerd's id of a container that runs, or empty.
  std::string ContainerId(std::size_t container) const;

  // Notes what it uses now, after a look at its disk; once a container has started, this is done by
  // itself for the first time. One look at a time.
  void Measure();
  const std::string& group_id() const { return group_id_; }
  const UsageHistory& usage() const { return usage_; }
  // Reports when a volume holds more than it may. One look at a time.
  void LookAtVolumes();

  // Something of containerd's ended; true when it was a container of this machine.
  bool OnExit(const std::string& container_id);

  // True when everything is gone and nothing is under way.
  bool finished() const { return forgotten_ && !busy_ && jobs_.empty() && asides_ == 0; }

 private:
  using Job = std::function<boost::asio::awaitable<void>()>;

  // A container as containerd knows it.
  struct Running {
    HostedGroup group;
    Life life;
    std::string id;
    std::string before{};  // The life before, whose log is still shown: its id.
    bool told = false;     // kStarted was reported.
    bool gone = false;     // containerd told of its end before that.
    bool ended = false;    // kExited was reported, or nobody wants to know.
    bool stopping = false;
  };

  void Enqueue(Job job);
  boost::asio::awaitable<void> Work();
  void Aside(std::string what, boost::asio::awaitable<void> task);
  boost::asio::awaitable<void> Counted(boost::asio::awaitable<void> task);

  boost::asio::awaitable<bool> ReportIfEnded(std::size_t container, std::string id);
  boost::asio::awaitable<void> MakeSandbox(HostedGroup group);
  boost::asio::awaitable<base::Status> RunSandbox(const HostedGroup& group);
  // In container_start.cc.
  using Started = std::expected<void, StartTrouble>;
  bool IsWanted(const Life& life) const;
  boost::asio::awaitable<void> StartContainer(HostedGroup group, Life life);
  boost::asio::awaitable<void> StartOrWait(HostedGroup group, Life life, bool again);
  boost::asio::awaitable<void> StartLater(HostedGroup group, Life life);
  boost::asio::awaitable<Started> HaveImage(HostedGroup group, Life life);
  boost::asio::awaitable<base::Status> ChooseUser(eci::v1::Container wanted,
                                                  runtime::v1::ContainerConfig* config);
  boost::asio::awaitable<Started> TryStart(HostedGroup group, Life life);

  // In container_checks.cc: what is done to a container while it runs.
  void BeginChecks(const Running& running);
  boost::asio::awaitable<void> PostStart(std::size_t container, std::string id);
  boost::asio::awaitable<void> ProbeReadiness(std::size_t container, std::string id);
  boost::asio::awaitable<void> ProbeLiveness(std::size_t container, std::string id);
  boost::asio::awaitable<bool> NextVerdict(std::size_t container, std::string id, ProbePlan plan,
                                           const char* kind, bool* passed);
  boost::asio::awaitable<void> StopInOrder(std::size_t container, std::string id,
                                           std::chrono::nanoseconds grace);
  void TellEvent(bool warning, std::string reason, std::string message);
  boost::asio::awaitable<void> MeasureDisk();
  void NoteUsage(std::int64_t written);
  boost::asio::awaitable<void> CompareVolumes(std::vector<VolumeLimit> limits);

  boost::asio::awaitable<void> StopContainer(std::string id, std::chrono::nanoseconds grace);
  boost::asio::awaitable<void> Look(std::size_t container, std::string id);
  boost::asio::awaitable<void> RemoveContainer(std::string id);
  boost::asio::awaitable<void> TearDown();
  boost::asio::awaitable<void> RemoveFiles();
  Running* Find(std::size_t container, const std::string& id);
  void Tell(HostReport::Kind kind, const Life& life, std::string reason, std::string message);

  const Parts parts_;
  const std::uint64_t number_;
  const std::string group_id_;
  std::string sandbox_;  // Its id; empty when there is none.
  std::map<std::size_t, Running> running_;
  std::map<std::size_t, std::uint64_t> wanted_;  // By container: the epoch it was last to start in.
  UsageHistory usage_;
  bool looking_at_volumes_ = false;
  bool measuring_ = false;
  std::deque<Job> jobs_;
  int asides_ = 0;
  bool busy_ = false;
  bool released_ = false;
  bool forgotten_ = false;
};

}  // namespace vk::fake
