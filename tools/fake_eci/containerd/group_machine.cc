#include "tools/fake_eci/containerd/group_machine.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "proto/cri/v1/runtime.pb.h"
#include "proto/eci/v1/container_group.pb.h"
#include "tools/fake_eci/containerd/group_files.h"
#include "tools/fake_eci/containerd/sandbox_config.h"

namespace vk::fake {
namespace {

namespace cri = runtime::v1;
using namespace std::chrono_literals;
using base::Error;
using base::ErrorCode;
using base::Status;
using boost::asio::awaitable;
using Kind = HostReport::Kind;

// containerd tells of an end before its CRI part has noted it.
constexpr auto kLookPause = 10ms;
constexpr int kLooks = 500;

base::WallTime WallOf(std::int64_t nanoseconds) {
  return base::WallTime(
      std::chrono::duration_cast<base::WallTime::duration>(std::chrono::nanoseconds(nanoseconds)));
}

}  // namespace

GroupMachine::GroupMachine(const Parts& parts, std::uint64_t number, std::string group_id)
    : parts_(parts), number_(number), group_id_(std::move(group_id)) {}

void GroupMachine::Prepare(HostedGroup group) {
  Enqueue([this, group = std::move(group)] { return MakeSandbox(group); });
}

void GroupMachine::Start(HostedGroup group, Life life) {
  wanted_[life.container] = life.epoch;
  Enqueue([this, group = std::move(group), life = std::move(life)] {
    return StartContainer(group, life);
  });
}

void GroupMachine::Adopt(HostedGroup group, std::string sandbox, std::vector<Found> containers,
                         std::vector<std::string> unstarted) {
  sandbox_ = std::move(sandbox);
  parts_.images.Use(group_id_, group.Images());
  for (Found& found : containers) {
    const std::size_t container = found.life.container;
    Running running{.group = group, .life = found.life, .id = found.id, .told = true};
    running_.insert_or_assign(container, std::move(running));
    BeginChecks(running_.at(container));
  }
  for (std::string& id : unstarted) {
    Enqueue([this, id = std::move(id)] { return RemoveContainer(id); });
  }
  Prepare(std::move(group));
}

void GroupMachine::Stop(std::size_t container, std::chrono::nanoseconds grace) {
  const auto it = running_.find(container);
  if (it != running_.end()) Aside("stop", StopInOrder(container, it->second.id, grace));
}

void GroupMachine::Release() {
  if (std::exchange(released_, true)) return;
  Enqueue([this] { return TearDown(); });
}

void GroupMachine::Forget() {
  Release();
  if (std::exchange(forgotten_, true)) return;
  Enqueue([this] { return RemoveFiles(); });
}

void GroupMachine::Enqueue(Job job) {
  jobs_.push_back(std::move(job));
  if (std::exchange(busy_, true)) return;
  parts_.tasks.Spawn("group " + group_id_, Work());
}

awaitable<void> GroupMachine::Work() {
  while (!jobs_.empty()) {
    const Job job = std::move(jobs_.front());
    jobs_.pop_front();
    co_await job();
  }
  busy_ = false;
}

void GroupMachine::Aside(std::string what, awaitable<void> task) {
  ++asides_;
  parts_.tasks.Spawn(std::move(what) + " " + group_id_, Counted(std::move(task)));
}

awaitable<void> GroupMachine::Counted(awaitable<void> task) {
  co_await std::move(task);
  --asides_;
}

void GroupMachine::Tell(Kind kind, const Life& life, std::string reason, std::string message) {
  parts_.report({.kind = kind,
                 .group = number_,
                 .container = life.container,
                 .epoch = life.epoch,
                 .reason = std::move(reason),
                 .message = std::move(message)});
}

void GroupMachine::TellEvent(bool warning, std::string reason, std::string message) {
  parts_.report({.kind = Kind::kEvent,
                 .group = number_,
                 .reason = std::move(reason),
                 .message = std::move(message),
                 .warning = warning});
}

awaitable<void> GroupMachine::MakeSandbox(HostedGroup group) {
  if (released_) co_return;
  Status made = sandbox_.empty() ? co_await RunSandbox(group) : Status();
  parts_.report({.kind = made ? Kind::kPrepared : Kind::kNotPrepared,
                 .group = number_,
                 .epoch = group.epoch,
                 .message = made ? "" : made.error().message});
}

awaitable<Status> GroupMachine::RunSandbox(const HostedGroup& group) {
  parts_.images.Use(group_id_, group.Images());
  if (Status files = MakeGroupFiles(group, parts_.paths); !files) co_return files;
  cri::RunPodSandboxRequest request;
  *request.mutable_config() = SandboxConfigOf(group, parts_.paths, parts_.name_server);
  auto made =
      co_await parts_.cri.RunPodSandbox(std::move(request), parts_.clock.Now() + kCriCallLimit);
  if (!made) co_return std::unexpected(std::move(made).error());
  sandbox_ = made->pod_sandbox_id();
  co_return Status();
}

awaitable<void> GroupMachine::StopContainer(std::string id, std::chrono::nanoseconds grace) {
  cri::StopContainerRequest request;
  request.set_container_id(id);
  request.set_timeout(std::chrono::ceil<std::chrono::seconds>(grace).count());
  const auto stopped = co_await parts_.cri.StopContainer(
      std::move(request), parts_.clock.Now() + grace + kCriCallLimit);
  if (!stopped) {
    parts_.log.Warn("cannot stop a container",
                    {{"group", group_id_}, {"error", stopped.error().message}});
  }
}

GroupMachine::Running* GroupMachine::Find(std::size_t container, const std::string& id) {
  const auto it = running_.find(container);
  return it != running_.end() && it->second.id == id && it->second.told && !it->second.ended
             ? &it->second
             : nullptr;
}

std::string GroupMachine::ContainerId(std::size_t container) const {
  const auto it = running_.find(container);
  return it == running_.end() || it->second.ended ? "" : it->second.id;
}

bool GroupMachine::OnExit(const std::string& container_id) {
  for (auto& [container, running] : running_) {
    if (running.id != container_id) continue;
    running.gone = true;
    if (Find(container, container_id) != nullptr) {
      Aside("end", Look(container, container_id));
    }
    return true;
  }
  return false;
}

// Reports the end of a container that containerd said to have ended.
awaitable<void> GroupMachine::Look(std::size_t container, std::string id) {
  for (int look = 0; look < kLooks && Find(container, id) != nullptr; ++look) {
    if (co_await ReportIfEnded(container, id)) co_return;
    if (!co_await parts_.clock.SleepUntil(parts_.clock.Now() + kLookPause)) co_return;
  }
}

awaitable<bool> GroupMachine::ReportIfEnded(std::size_t container, std::string id) {
  cri::ContainerStatusRequest request;
  request.set_container_id(id);
  auto reply = co_await parts_.cri.ContainerStatus(request, parts_.clock.Now() + kCriCallLimit);
  Running* running = Find(container, id);
  if (!reply || running == nullptr) co_return false;
  const cri::ContainerStatus& status = reply->status();
  if (status.state() != cri::CONTAINER_EXITED) co_return false;
  running->ended = true;
  std::string message = TerminationMessage(running->group, container, running->life.attempt,
                                           status.exit_code(), parts_.paths);
  if (message.empty()) message = status.message();
  parts_.report({.kind = Kind::kExited,
                 .group = number_,
                 .container = container,
                 .epoch = running->life.epoch,
                 .reason = status.reason(),
                 .message = std::move(message),
                 .exit_code = status.exit_code(),
                 .started = WallOf(status.started_at()),
                 .finished = WallOf(status.finished_at())});
  co_return true;
}

awaitable<void> GroupMachine::RemoveContainer(std::string id) {
  cri::RemoveContainerRequest request;
  request.set_container_id(id);
  const auto removed =
      co_await parts_.cri.RemoveContainer(std::move(request), parts_.clock.Now() + kCriCallLimit);
  if (!removed) {
    parts_.log.Warn("cannot remove a container that has ended",
                    {{"group", group_id_}, {"error", removed.error().message}});
  }
}

awaitable<void> GroupMachine::RemoveFiles() {
  RemoveGroupFiles(group_id_, parts_.paths);
  co_return;
}

awaitable<void> GroupMachine::TearDown() {
  for (auto& [container, running] : running_) running.ended = true;
  running_.clear();
  if (!sandbox_.empty()) {
    cri::StopPodSandboxRequest stop;
    stop.set_pod_sandbox_id(sandbox_);
    auto stopped = co_await parts_.cri.StopPodSandbox(stop, parts_.clock.Now() + kCriCallLimit);
    cri::RemovePodSandboxRequest remove;
    remove.set_pod_sandbox_id(sandbox_);
    auto removed = co_await parts_.cri.RemovePodSandbox(remove, parts_.clock.Now() + kCriCallLimit);
    if (!removed) {
      parts_.log.Warn("cannot remove a sandbox",
                      {{"group", group_id_}, {"error", removed.error().message}});
    }
    sandbox_.clear();
  }
  RemoveVolumes(group_id_, parts_.paths);
  parts_.images.LetGo(group_id_);
}

}  // namespace vk::fake
