// What starts a container: its image, its files, its user, and the next try when one of them is
// missing.

#include <algorithm>
#include <chrono>
#include <utility>

#include "proto/cri/v1/runtime.pb.h"
#include "proto/eci/v1/container_group.pb.h"
#include "tools/fake_eci/containerd/group_files.h"
#include "tools/fake_eci/containerd/group_machine.h"
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

// The kubelet's words, which users search for: pkg/kubelet/container/sync_result.go and
// pkg/kubelet/images/types.go.
constexpr std::string_view kConfigurationError = "CreateContainerConfigError";
constexpr std::string_view kCreateError = "CreateContainerError";
constexpr std::string_view kRunError = "RunContainerError";
constexpr std::string_view kPullError = "ErrImagePull";

std::string_view ReasonOf(ImageError::Kind kind) {
  switch (kind) {
    case ImageError::Kind::kNoReference:
      return "InvalidImageName";
    case ImageError::Kind::kNotPresent:
      return "ErrImageNeverPull";
    case ImageError::Kind::kNotSeen:
      return "ImageInspectError";
    case ImageError::Kind::kNotPulled:
      break;
  }
  return kPullError;
}

std::unexpected<StartTrouble> Cannot(std::string_view reason, Error error) {
  return std::unexpected(StartTrouble{reason, std::move(error)});
}

// The user that the image names; the one who has no name but a number is not looked up in it.
std::int64_t UserOf(const cri::Image& image) {
  if (image.has_uid()) return image.uid().value();
  return image.username().empty() || image.username() == "root" ? 0 : -1;
}

}  // namespace

bool GroupMachine::IsWanted(const Life& life) const {
  const auto it = wanted_.find(life.container);
  return !released_ && it != wanted_.end() && it->second == life.epoch;
}

awaitable<void> GroupMachine::StartContainer(HostedGroup group, Life life) {
  if (!IsWanted(life)) co_return;
  if (const auto before = running_.find(life.container); before != running_.end()) {
    before->second.ended = true;
    const std::string older = before->second.before;
    co_await StopContainer(before->second.id, 0ns);
    // Otherwise one that restarts for ever would fill the disk.
    if (!older.empty()) co_await RemoveContainer(older);
    RemoveLifeFiles(group_id_, life.name, life.attempt - 2, parts_.paths);
  }
  co_await StartOrWait(std::move(group), std::move(life), false);
}

// The machine does other things while a container waits: those behind it start, as on a kubelet.
awaitable<void> GroupMachine::StartOrWait(HostedGroup group, Life life, bool again) {
  if (!IsWanted(life)) co_return;
  const Started started = co_await TryStart(group, life);
  if (started || started.error().error.code == ErrorCode::kCancelled) co_return;
  const StartTrouble& trouble = started.error();
  parts_.log.Info(
      "cannot start a container",
      {{"group", group_id_}, {"container", life.name}, {"error", trouble.error.message}});
  std::string reason(trouble.reason);
  std::string message = trouble.error.message;
  if (again && reason == kPullError) {
    const auto image = ContainerOf(group.ParseSpec(), life.container).image();
    message = "Back-off pulling image \"" + image + "\": ErrImagePull: " + message;
    reason = "ImagePullBackOff";
  }
  Tell(Kind::kWaiting, life, std::move(reason), std::move(message));
  Aside("start again", StartLater(std::move(group), std::move(life)));
}

awaitable<void> GroupMachine::StartLater(HostedGroup group, Life life) {
  if (!co_await parts_.clock.SleepUntil(parts_.clock.Now() + kStartAgain)) co_return;
  Enqueue([this, group = std::move(group), life = std::move(life)] {
    return StartOrWait(group, life, true);
  });
}

awaitable<GroupMachine::Started> GroupMachine::HaveImage(HostedGroup group, Life life) {
  const auto wanted = ContainerOf(group.ParseSpec(), life.container);
  auto had = co_await parts_.images.Have(
      {.user = group_id_,
       .image = wanted.image(),
       .policy = wanted.image_pull_policy(),
       .pull_secrets = group.pull_secrets},
      [&] { TellEvent(false, "Pulling", "Pulling image \"" + wanted.image() + "\""); });
  if (!had) {
    co_return Cannot(ReasonOf(had.error().kind), std::move(had.error().error));
  }
  // Once, not for every life.
  if (life.attempt == 0) TellEvent(false, "Pulled", std::move(*had));
  co_return Started();
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

awaitable<GroupMachine::Started> GroupMachine::TryStart(HostedGroup group, Life life) {
  if (auto image = co_await HaveImage(group, life); !image) {
    co_return std::unexpected(std::move(image).error());
  }
  if (Status files = MakeContainerFiles(group, life.container, life.attempt, parts_.paths);
      !files) {
    co_return Cannot(kConfigurationError, std::move(files).error());
  }
  // It may have been deleted during a long pull.
  if (!IsWanted(life)) {
    co_return Cannot(kCreateError, Error(ErrorCode::kCancelled, "it is not wanted any more"));
  }
  cri::CreateContainerRequest request;
  request.set_pod_sandbox_id(sandbox_);
  *request.mutable_config() = ContainerConfigOf(group, life.container, life.attempt, parts_.paths);
  const auto wanted = ContainerOf(group.ParseSpec(), life.container);
  if (Status user = co_await ChooseUser(wanted, request.mutable_config()); !user) {
    co_return Cannot(kConfigurationError, std::move(user).error());
  }
  *request.mutable_sandbox_config() = SandboxConfigOf(group, parts_.paths, parts_.name_server);
  auto created =
      co_await parts_.cri.CreateContainer(std::move(request), parts_.clock.Now() + kCriCallLimit);
  if (!created) co_return Cannot(kCreateError, std::move(created).error());

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
    if (co_await ReportIfEnded(life.container, id)) co_return Started();
    running_.erase(life.container);
    // It has the name that the next try needs.
    co_await RemoveContainer(id);
    co_return Cannot(kRunError, std::move(started).error());
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
  co_return Started();
}

}  // namespace vk::fake
