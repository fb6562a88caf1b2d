#include "tools/fake_eci/containerd/containerd_host.h"

#include <chrono>
#include <string>
#include <utility>

#include "proto/cri/v1/runtime.pb.h"
#include "tools/fake_eci/containerd/log_file.h"
#include "tools/fake_eci/engine/group.h"

namespace vk::fake {
namespace {

using boost::asio::awaitable;

constexpr std::chrono::seconds kWatchAgain{1};
constexpr std::chrono::seconds kCommandLimit{60};

}  // namespace

ContainerdHost::ContainerdHost(ContainerdOptions options, RuntimePaths paths, base::Clock& clock,
                               base::Log& log, boost::asio::any_io_executor executor,
                               OnReport on_report)
    : paths_(paths),
      name_server_(options.name_server),
      clock_(clock),
      log_(log),
      on_report_(std::move(on_report)),
      process_(std::move(options), paths),
      cri_(paths_.socket().string(), clock, executor),
      tasks_(std::move(executor)) {}

ContainerdHost::~ContainerdHost() = default;

awaitable<base::Status> ContainerdHost::Begin() {
  base::Status started = co_await process_.Start(cri_, clock_);
  if (started) tasks_.Spawn("ends of containers", WatchExits());
  co_return started;
}

awaitable<void> ContainerdHost::End() {
  tasks_.Cancel();
  co_await tasks_.Join();
  machines_.clear();
  if (const base::Status purged = Purge(paths_); !purged) {
    log_.Warn("the runtime left something", {{"error", purged.error().message}});
  }
}

awaitable<base::Result<std::string>> ContainerdHost::Run(HostCommand command) {
  const auto machine = machines_.find(command.group);
  const std::string id =
      machine == machines_.end() ? "" : machine->second->ContainerId(command.container);
  if (id.empty()) {
    co_return std::unexpected(
        base::Error(base::ErrorCode::kNotFound, "run a command: the container does not run"));
  }
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
                                                                 .paths = paths_,
                                                                 .name_server = name_server_,
                                                                 .clock = clock_,
                                                                 .log = log_,
                                                                 .tasks = tasks_,
                                                                 .report = on_report_},
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
                                             bool previous) const {
  const SimulatedContainer& wanted = group.containers[container];
  // A container that waits to be restarted has printed what its last life printed.
  const bool waits = wanted.current.state == ContainerRun::State::kWaiting && wanted.previous;
  const int attempt = wanted.restart_count - (previous && !waits ? 1 : 0);
  if (attempt < 0) return {};
  return ReadLogFile(GroupFolders(paths_, group.id).log(wanted.name, attempt));
}

awaitable<void> ContainerdHost::WatchExits() {
  while (true) {
    const base::Status ended = co_await cri_.WatchExits([this](const std::string& container_id) {
      for (auto& [number, machine] : machines_) {
        if (machine->OnExit(container_id)) return;
      }
    });
    if (ended.error().code == base::ErrorCode::kCancelled) co_return;
    log_.Warn("containerd tells no ends of containers", {{"error", ended.error().message}});
    if (!co_await clock_.SleepUntil(clock_.Now() + kWatchAgain)) co_return;
    for (auto& [number, machine] : machines_) machine->LookAgain();
  }
}

}  // namespace vk::fake
