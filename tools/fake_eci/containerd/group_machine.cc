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

constexpr auto kStartAgain = 5s;  // After a start that failed; the kubelet begins with 10 s.
// containerd tells of an end before its CRI part has noted it.
constexpr auto kLookPause = 10ms;
constexpr int kLooks = 500;

base::WallTime WallOf(std::int64_t nanoseconds) {
  return base::WallTime(
      std::chrono::duration_cast<base::WallTime::duration>(std::chrono::nanoseconds(nanoseconds)));
}

// How the kubelet calls what keeps a container from starting, by a part of the message; users
// search for these words.
struct NamedTrouble {
  std::string_view part;
  std::string_view reason;
};
constexpr NamedTrouble kTroubles[] = {
    {"invalid reference format", "InvalidImageName"},
    {"pull policy of Never", "ErrImageNeverPull"},
    {"PullImage", "ErrImagePull"},
    {"ImageStatus", "ErrImagePull"},
    {"runAsNonRoot", "CreateContainerConfigError"},
};

// Of the errors of that call; users are told the runtime's own words.
constexpr std::string_view kPullPrefix = "PullImage: ";

std::string_view ReasonOf(const Error& error) {
  const auto* known = std::ranges::find_if(
      kTroubles, [&](const NamedTrouble& trouble) { return error.message.contains(trouble.part); });
  return known == std::end(kTroubles) ? "CreateContainerError" : known->reason;
}

// The user that the image names; the one who has no name but a number is not looked up in it.
std::int64_t UserOf(const cri::Image& image) {
  if (image.has_uid()) return image.uid().value();
  return image.username().empty() || image.username() == "root" ? 0 : -1;
}

}  // namespace

GroupMachine::GroupMachine(const Parts& parts, std::uint64_t number, std::string group_id)
    : parts_(parts), number_(number), group_id_(std::move(group_id)) {}

void GroupMachine::Prepare(HostedGroup group) {
  Enqueue([this, group = std::move(group)] { return MakeSandbox(group); });
}

void GroupMachine::Start(HostedGroup group, Life life) {
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

awaitable<void> GroupMachine::StartContainer(HostedGroup group, Life life) {
  if (const auto before = running_.find(life.container); before != running_.end()) {
    before->second.ended = true;
    const std::string older = before->second.before;
    co_await StopContainer(before->second.id, 0ns);
    // Otherwise one that restarts for ever would fill the disk.
    if (!older.empty()) co_await RemoveContainer(older);
    RemoveLifeFiles(group_id_, life.name, life.attempt - 2, parts_.paths);
  }
  for (bool again = false; !released_; again = true) {
    Status started = co_await TryStart(group, life);
    if (started || started.error().code == ErrorCode::kCancelled) co_return;
    parts_.log.Info(
        "cannot start a container",
        {{"group", group_id_}, {"container", life.name}, {"error", started.error().message}});
    std::string reason(ReasonOf(started.error()));
    std::string message = started.error().message;
    if (message.starts_with(kPullPrefix)) message.erase(0, kPullPrefix.size());
    if (again && reason == "ErrImagePull") {
      const auto image = ContainerOf(group.ParseSpec(), life.container).image();
      message = "Back-off pulling image \"" + image + "\": ErrImagePull: " + message;
      reason = "ImagePullBackOff";
    }
    Tell(Kind::kWaiting, life, std::move(reason), std::move(message));
    if (!co_await parts_.clock.SleepUntil(parts_.clock.Now() + kStartAgain)) co_return;
  }
}

awaitable<Status> GroupMachine::HaveImage(const HostedGroup& group, const Life& life,
                                          std::size_t container) {
  const auto wanted = ContainerOf(group.ParseSpec(), container);
  auto had = co_await parts_.images.Have(
      {.user = group_id_,
       .image = wanted.image(),
       .policy = wanted.image_pull_policy(),
       .pull_secrets = group.pull_secrets},
      [&] { TellEvent(false, "Pulling", "Pulling image \"" + wanted.image() + "\""); });
  if (!had) co_return std::unexpected(std::move(had).error());
  // Once, not for every life.
  if (life.attempt == 0) TellEvent(false, "Pulled", std::move(*had));
  co_return Status();
}

// What asks for the image's own user: a group without a user, and the promise not to be root.
awaitable<Status> GroupMachine::ChooseUser(eci::v1::Container wanted,
                                           cri::ContainerConfig* config) {
  const bool has_user = wanted.security_context().has_run_as_user();
  const bool not_root = wanted.security_context_run_as_non_root();
  if (!not_root && (has_user || !wanted.has_security_context_run_as_group())) co_return Status();
  std::int64_t user = wanted.security_context().run_as_user();
  if (!has_user) {
    cri::ImageStatusRequest request;
    request.mutable_image()->set_image(wanted.image());
    auto status = co_await parts_.cri.ImageStatus(request, parts_.clock.Now() + kCriCallLimit);
    if (!status) co_return std::unexpected(std::move(status).error());
    user = UserOf(status->image());
  }
  if (not_root && user == 0) {
    co_return std::unexpected(Error(ErrorCode::kInvalidArgument,
                                    "container has runAsNonRoot and image will run as root"));
  }
  auto* security = config->mutable_linux()->mutable_security_context();
  if (!has_user && user >= 0 && wanted.has_security_context_run_as_group()) {
    security->mutable_run_as_user()->set_value(user);
    security->mutable_run_as_group()->set_value(wanted.security_context_run_as_group());
  }
  co_return Status();
}

awaitable<Status> GroupMachine::TryStart(const HostedGroup& group, const Life& life) {
  if (Status image = co_await HaveImage(group, life, life.container); !image) co_return image;
  if (Status files = MakeContainerFiles(group, life.container, life.attempt, parts_.paths);
      !files) {
    co_return files;
  }
  // It may have been deleted during a long pull.
  if (released_) co_return std::unexpected(Error(ErrorCode::kCancelled, "the group is gone"));
  cri::CreateContainerRequest request;
  request.set_pod_sandbox_id(sandbox_);
  *request.mutable_config() = ContainerConfigOf(group, life.container, life.attempt, parts_.paths);
  const auto wanted = ContainerOf(group.ParseSpec(), life.container);
  if (Status user = co_await ChooseUser(wanted, request.mutable_config()); !user) co_return user;
  *request.mutable_sandbox_config() = SandboxConfigOf(group, parts_.paths, parts_.name_server);
  auto created =
      co_await parts_.cri.CreateContainer(std::move(request), parts_.clock.Now() + kCriCallLimit);
  if (!created) co_return std::unexpected(std::move(created).error());

  const std::string id = created->container_id();
  const auto before = running_.find(life.container);
  running_.insert_or_assign(life.container,
                            Running{.group = group,
                                    .life = life,
                                    .id = id,
                                    .before = before == running_.end() ? "" : before->second.id});
  cri::StartContainerRequest start;
  start.set_container_id(id);
  auto started =
      co_await parts_.cri.StartContainer(std::move(start), parts_.clock.Now() + kCriCallLimit);
  if (!started) {
    // One that containerd could not start has ended for it, with code 128.
    running_.at(life.container).told = true;
    if (co_await ReportIfEnded(life.container, id)) co_return Status();
    running_.erase(life.container);
    co_return std::unexpected(std::move(started).error());
  }
  parts_.report({.kind = Kind::kStarted,
                 .group = number_,
                 .container = life.container,
                 .epoch = life.epoch,
                 .started = parts_.clock.WallNow()});
  Running& running = running_.at(life.container);
  running.told = true;
  Measure();
  if (!PostStartOf(wanted).empty()) Aside("hook", PostStart(life.container, id));
  BeginChecks(running);
  if (running.gone) Aside("end", Look(life.container, id));
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
