#include "tools/fake_eci/containerd/containerd_host.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "base/proto_json/base64.h"
#include "proto/cri/v1/runtime.pb.h"
#include "tools/fake_eci/containerd/attached_process.h"
#include "tools/fake_eci/containerd/log_file.h"
#include "tools/fake_eci/containerd/port_stream.h"
#include "tools/fake_eci/containerd/sandbox_config.h"
#include "tools/fake_eci/engine/group/group.h"

namespace vk::fake {
namespace {

using boost::asio::awaitable;

constexpr std::chrono::seconds kWatchAgain{1};
constexpr std::chrono::seconds kLookForMissed{5};
constexpr std::chrono::seconds kCommandLimit{60};

// The newest life of each container of one sandbox, in the order of the group's containers.
std::vector<runtime::v1::Container> NewestLives(const runtime::v1::ListContainersResponse& all,
                                                const std::string& sandbox) {
  std::map<std::string, runtime::v1::Container> newest;
  for (const auto& container : all.containers()) {
    // Made and not started, it is no life.
    if (container.pod_sandbox_id() != sandbox ||
        container.state() == runtime::v1::CONTAINER_CREATED)
      continue;
    auto& kept = newest[container.metadata().name()];
    if (kept.id().empty() || kept.metadata().attempt() < container.metadata().attempt()) {
      kept = container;
    }
  }
  std::vector<runtime::v1::Container> lives;
  for (auto& [name, container] : newest) lives.push_back(std::move(container));
  return lives;
}

std::vector<std::string> Unstarted(const runtime::v1::ListContainersResponse& all,
                                   const std::string& sandbox) {
  std::vector<std::string> ids;
  for (const auto& container : all.containers()) {
    if (container.pod_sandbox_id() == sandbox &&
        container.state() == runtime::v1::CONTAINER_CREATED)
      ids.push_back(container.id());
  }
  return ids;
}

}  // namespace

ContainerdHost::ContainerdHost(ContainerdOptions options, RuntimePaths paths, base::Clock& clock,
                               base::Log& log, boost::asio::any_io_executor executor,
                               Listener listener)
    : paths_(paths),
      name_server_(options.name_server),
      usage_period_(options.usage_period),
      volume_period_(options.volume_period),
      clock_(clock),
      log_(log),
      listener_(std::move(listener)),
      process_(std::move(options), paths),
      cri_(paths_.socket().string(), clock, executor),
      executor_(executor),
      tasks_(executor),
      images_({.cri = cri_, .clock = clock, .log = log, .tasks = tasks_, .executor = executor}),
      keeper_({.images = images_,
               .paths = paths_,
               .log = log,
               .tasks = tasks_,
               .report = listener_.on_images}) {}

ContainerdHost::~ContainerdHost() = default;

awaitable<base::Status> ContainerdHost::Begin() {
  if (base::Status started = co_await process_.Start(cri_, clock_); !started) co_return started;
  tasks_.Spawn("ends of containers", WatchExits());
  tasks_.Spawn("usage of groups", Repeat(usage_period_, &GroupMachine::Measure));
  tasks_.Spawn("sizes of volumes", Repeat(volume_period_, &GroupMachine::LookAtVolumes));
  images_.Pin(process_.own_images());
  co_return base::Status();
}

awaitable<base::Status> ContainerdHost::TakeUp() {
  keeper_.Find(listener_.on_found_cache);
  if (base::Status found = co_await FindGroups(); !found) co_return found;
  tasks_.Spawn("missed ends of containers", FindMissedExits());
  co_return co_await images_.Sweep();
}

awaitable<void> ContainerdHost::End() {
  tasks_.Cancel();
  co_await tasks_.Join();
  if (!machines_.empty()) {
    log_.Info(
        "groups go on; fake-eci --purge ends them",
        {{"groups", std::to_string(machines_.size())}, {"runtime-dir", paths_.root.string()}});
  }
  machines_.clear();
}

awaitable<void> ContainerdHost::GiveUp() {
  co_await End();
  co_await process_.Undo(clock_);
}

awaitable<base::Status> ContainerdHost::FindGroups() {
  const base::TimePoint deadline = clock_.Now() + kCommandLimit;
  auto sandboxes = co_await cri_.ListPodSandbox({}, deadline);
  if (!sandboxes) co_return std::unexpected(std::move(sandboxes).error());
  auto containers = co_await cri_.ListContainers({}, deadline);
  if (!containers) co_return std::unexpected(std::move(containers).error());
  for (const auto& sandbox : sandboxes->items()) {
    if (!AdoptSandbox(sandbox, *containers)) {
      tasks_.Spawn("remove " + sandbox.id(), RemoveSandbox(sandbox.id()));
    }
  }
  co_return base::Status();
}

bool ContainerdHost::AdoptSandbox(const runtime::v1::PodSandbox& sandbox,
                                  const runtime::v1::ListContainersResponse& containers) {
  const auto annotation = sandbox.annotations().find(std::string(kSnapshotAnnotation));
  if (sandbox.state() != runtime::v1::SANDBOX_READY || annotation == sandbox.annotations().end()) {
    return false;
  }
  const auto snapshot = base::Base64Decode(annotation->second);
  if (!snapshot) return false;
  const std::vector<std::string> names = ContainerNames(*snapshot);
  std::vector<FoundContainer> found;
  std::vector<GroupMachine::Found> lives;
  for (const auto& container : NewestLives(containers, sandbox.id())) {
    const auto place = std::ranges::find(names, container.metadata().name());
    if (place == names.end()) continue;
    const auto index = static_cast<std::size_t>(place - names.begin());
    const auto attempt = static_cast<int>(container.metadata().attempt());
    found.push_back({.container = index,
                     .restart_count = attempt,
                     .started = base::WallTime(std::chrono::duration_cast<base::WallTime::duration>(
                         std::chrono::nanoseconds(container.created_at())))});
    lives.push_back({.life = {.container = index,
                              .epoch = 0,
                              .attempt = attempt,
                              .name = container.metadata().name()},
                     .id = container.id()});
  }
  const Group* group = listener_.on_found(*snapshot, found);
  if (group == nullptr) return false;
  std::erase_if(lives, [&](const GroupMachine::Found& life) {
    return !group->containers[life.life.container].running();
  });
  MachineOf(*group).Adopt(HostedGroup::From(*group), sandbox.id(), std::move(lives),
                          Unstarted(containers, sandbox.id()));
  return true;
}

awaitable<void> ContainerdHost::RemoveSandbox(std::string id) {
  runtime::v1::StopPodSandboxRequest stop;
  stop.set_pod_sandbox_id(id);
  (void)co_await cri_.StopPodSandbox(stop, clock_.Now() + kCommandLimit);
  runtime::v1::RemovePodSandboxRequest remove;
  remove.set_pod_sandbox_id(id);
  (void)co_await cri_.RemovePodSandbox(remove, clock_.Now() + kCommandLimit);
}

base::Result<std::string> ContainerdHost::IdOf(const HostCommand& command) const {
  const auto machine = machines_.find(command.group);
  std::string id =
      machine == machines_.end() ? "" : machine->second->ContainerId(command.container);
  if (!id.empty()) return id;
  return std::unexpected(
      base::Error(base::ErrorCode::kNotFound, "run a command: the container does not run"));
}

base::Result<std::unique_ptr<ContainerProcess>> ContainerdHost::StartProcess(HostCommand command) {
  VK_TRY(id, IdOf(command));
  if (command.port > 0) {
    const auto& machine = machines_.at(command.group);
    return OpenPortStream(usage_.ProcessIn(paths_.cgroup() + "/" + machine->group_id()),
                          command.port, executor_);
  }
  if (command.command.empty()) {
    return AttachProcess({.container_id = id, .terminal = command.terminal, .input = command.input},
                         cri_, clock_, executor_);
  }
  return StartContainerProcess({.container_id = id,
                                .words = std::move(command.command),
                                .terminal = command.terminal,
                                .input = command.input},
                               paths_.runc(), paths_.exec(), command.token, executor_);
}

awaitable<base::Result<std::string>> ContainerdHost::Run(HostCommand command) {
  VK_CO_TRY(id, IdOf(command));
  runtime::v1::ExecSyncRequest request;
  request.set_container_id(id);
  for (std::string& word : command.command) request.add_cmd(std::move(word));
  auto ended = co_await cri_.ExecSync(std::move(request), clock_.Now() + kCommandLimit);
  if (!ended) co_return std::unexpected(std::move(ended).error());
  std::string output = ended->stdout() + ended->stderr();
  if (ended->exit_code() != 0) {
    output += "command terminated with exit code " + std::to_string(ended->exit_code()) + "\n";
  }
  co_return output;
}

GroupMachine& ContainerdHost::MachineOf(const Group& group) {
  auto& machine = machines_[group.number];
  if (!machine) {
    machine = std::make_unique<GroupMachine>(GroupMachine::Parts{.cri = cri_,
                                                                 .images = images_,
                                                                 .paths = paths_,
                                                                 .name_server = name_server_,
                                                                 .usage = usage_,
                                                                 .clock = clock_,
                                                                 .log = log_,
                                                                 .tasks = tasks_,
                                                                 .report = listener_.on_report},
                                             group.number, group.id);
  }
  return *machine;
}

void ContainerdHost::DropFinished() {
  std::erase_if(machines_, [](const auto& entry) { return entry.second->finished(); });
}

void ContainerdHost::Prepare(const Group& group) {
  DropFinished();
  MachineOf(group).Prepare(HostedGroup::From(group));
}

void ContainerdHost::Start(const Group& group, std::size_t container) {
  const SimulatedContainer& wanted = group.containers[container];
  MachineOf(group).Start(HostedGroup::From(group), {.container = container,
                                                    .epoch = wanted.epoch,
                                                    .attempt = wanted.restart_count,
                                                    .name = wanted.name});
}

void ContainerdHost::Stop(const Group& group, std::size_t container,
                          std::chrono::nanoseconds grace) {
  MachineOf(group).Stop(container, grace);
}

void ContainerdHost::Release(const Group& group) {
  if (machines_.contains(group.number)) MachineOf(group).Release();
}

void ContainerdHost::Forget(const Group& group) {
  if (machines_.contains(group.number)) MachineOf(group).Forget();
}

std::vector<LogLine> ContainerdHost::ReadLog(const Group& group, std::size_t container,
                                             int life) const {
  return ReadLogFile(GroupFolders(paths_, group.id).log(group.containers[container].name, life));
}

std::vector<UsageSample> ContainerdHost::ReadUsage(const Group& group, base::WallTime from,
                                                   base::WallTime until) const {
  const auto machine = machines_.find(group.number);
  if (machine == machines_.end()) return {};
  return machine->second->usage().Between(from, until);
}

awaitable<void> ContainerdHost::Repeat(std::chrono::seconds period, void (GroupMachine::*look)()) {
  while (co_await clock_.SleepUntil(clock_.Now() + period)) {
    for (auto& [number, machine] : machines_) (machine.get()->*look)();
  }
}

void ContainerdHost::OnExit(const std::string& container_id) {
  for (auto& [number, machine] : machines_) {
    if (machine->OnExit(container_id)) return;
  }
}

awaitable<void> ContainerdHost::WatchExits() {
  while (true) {
    const base::Status ended =
        co_await cri_.WatchExits([this](const std::string& container_id) { OnExit(container_id); });
    if (ended.error().code == base::ErrorCode::kCancelled) co_return;
    log_.Warn("containerd tells no ends of containers", {{"error", ended.error().message}});
    if (!co_await clock_.SleepUntil(clock_.Now() + kWatchAgain)) co_return;
  }
}

// containerd tells of an end before its CRI part has noted it, so that between one process of ours
// and the next a container may end whose event is over while CRI still calls it running.
awaitable<void> ContainerdHost::FindMissedExits() {
  do {
    const auto containers = co_await cri_.ListContainers({}, clock_.Now() + kCommandLimit);
    if (!containers) continue;
    for (const auto& container : containers->containers()) {
      if (container.state() == runtime::v1::CONTAINER_EXITED) OnExit(container.id());
    }
  } while (co_await clock_.SleepUntil(clock_.Now() + kLookForMissed));
}

}  // namespace vk::fake
