#include "provider/kubelet_api/container_logs.h"

#include <fmt/format.h>

#include <algorithm>
#include <expected>
#include <memory>
#include <optional>
#include <utility>

#include "provider/kubelet_api/container_state.h"
#include "provider/kubelet_api/log_follower.h"
#include "provider/kubelet_api/log_source.h"
#include "provider/kubelet_api/log_window.h"
#include "provider/kubelet_api/replies.h"

namespace vk::kubelet {
namespace {

using base::Error;
using base::ErrorCode;
using base::HttpResponse;
using base::Status;
using Phase = ContainerState::Phase;

int HttpStatusOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kThrottled:
      return 429;
    case ErrorCode::kUnavailable:
      return 503;
    case ErrorCode::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

HttpResponse CloudRefusal(const Error& error, const std::string& group) {
  std::string text = fmt::format("read log of container group {}: {}", group, error.message);
  if (!error.request_id.empty()) text += fmt::format(" (request {})", error.request_id);
  return Text(HttpStatusOf(error.code), std::move(text));
}

// The pod that a path names, and why there is no log to be had of its container, if so.
struct Subject {
  agent::PodView view;
  ContainerState state;
};

std::optional<std::string> WhyNoLog(const Subject& subject, const LogOptions& options,
                                    const std::string& container) {
  const std::string& pod = subject.view.pod->name;
  const ContainerState& state = subject.state;
  if (options.previous && !state.has_previous)
    return fmt::format("previous terminated container \"{}\" in pod \"{}\" not found", container,
                       pod);
  if (state.phase == Phase::kWaiting && !state.has_previous)
    return state.pod_ended
               ? fmt::format("container \"{}\" in pod \"{}\" never started", container, pod)
               : fmt::format("container \"{}\" in pod \"{}\" is waiting to start: {}", container,
                             pod, state.waiting_reason);
  if (subject.view.group_id.empty())
    return fmt::format("container \"{}\" in pod \"{}\" has no log: the pod has no container group",
                       container, pod);
  return std::nullopt;
}

std::expected<Subject, HttpResponse> Locate(const agent::PodAccess& pods, const std::string& ns,
                                            const std::string& pod, const std::string& container,
                                            const LogOptions& options) {
  auto view = pods.Find(ns, pod);
  if (!view && !pods.synced())
    return std::unexpected(Text(503, "the pods of this node are not known yet; try again"));
  if (!view) return std::unexpected(Text(404, fmt::format("pod \"{}\" does not exist", pod)));
  auto state = FindContainer(view->pod->bytes, container);
  if (!state) return std::unexpected(Text(500, state.error().message));
  if (!*state)
    return std::unexpected(
        Text(404, fmt::format("container \"{}\" not found in pod \"{}\"", container, pod)));
  Subject subject{*std::move(view), **std::move(state)};
  if (auto why = WhyNoLog(subject, options, container))
    return std::unexpected(Text(400, *std::move(why)));
  return subject;
}

// Looks from time to time what has become of one run of a container.
class ContainerWatch {
 public:
  ContainerWatch(const agent::PodAccess& pods, Subject subject, std::string container)
      : pods_(pods),
        begun_(std::move(subject)),
        last_(begun_.view.pod),
        container_(std::move(container)) {}

  LogFollower::Container operator()() {
    const auto view = pods_.Find(begun_.view.pod->ns, begun_.view.pod->name);
    if (!view) return pods_.synced() ? LogFollower::Container::kEnded : found_;
    if (view->pod->uid != begun_.view.pod->uid) return LogFollower::Container::kEnded;
    if (view->pod != std::exchange(last_, view->pod)) found_ = Read(*view->pod);
    return found_;
  }

 private:
  LogFollower::Container Read(const agent::PodSnapshot& pod) const {
    const auto state = FindContainer(pod.bytes, container_);
    if (!state) return found_;
    if (!*state) return LogFollower::Container::kEnded;
    if ((*state)->restarts != begun_.state.restarts) return LogFollower::Container::kRestarted;
    return (*state)->phase == Phase::kRunning && !(*state)->pod_ended
               ? LogFollower::Container::kRuns
               : LogFollower::Container::kEnded;
  }

  const agent::PodAccess& pods_;
  const Subject begun_;
  std::shared_ptr<const agent::PodSnapshot> last_;
  const std::string container_;
  LogFollower::Container found_ = LogFollower::Container::kRuns;
};

// The log as it is now, in one answer.
boost::asio::awaitable<HttpResponse> ReadOnce(LogSource& source, LogOptions options,
                                              std::string group) {
  if (options.tail_lines == 0) co_return Text(200, "");
  LogCall call{
      .previous = options.previous,
      .timestamps = options.timestamps,
      .tail = std::min<std::int64_t>(options.tail_lines.value_or(kMaxLogLines), kMaxLogLines)};
  if (options.since)
    call.start =
        std::chrono::floor<std::chrono::seconds>(*options.since).time_since_epoch().count();
  auto content = co_await source.Read(call);
  if (!content) co_return CloudRefusal(content.error(), group);
  std::string text =
      options.timestamps ? FormatLines(ParseLogAnswer(*content), 0, true) : *std::move(content);
  if (options.limit_bytes)
    text.resize(std::min(text.size(), static_cast<std::size_t>(*options.limit_bytes)));
  co_return Text(200, std::move(text));
}

}  // namespace

ContainerLogs::ContainerLogs(ContainerLogsOptions options, const agent::PodAccess& pods,
                             eci::EciApi& cloud, base::Clock& clock, base::Log& log)
    : options_(options), pods_(pods), cloud_(cloud), clock_(clock), log_(log) {}

boost::asio::awaitable<void> ContainerLogs::Serve(std::string ns, std::string pod,
                                                  std::string container, std::string query,
                                                  base::HttpResponder& responder) {
  const auto [options, error] = ParseLogOptions(query, clock_.WallNow());
  if (error) {
    (void)co_await responder.Reply(Text(error->http_status, error->text));
    co_return;
  }
  auto subject = Locate(pods_, ns, pod, container, options);
  if (!subject) {
    (void)co_await responder.Reply(std::move(subject).error());
    co_return;
  }
  const std::string group = subject->view.group_id;
  LogSource source(group, container, options_.call_limit, cloud_, clock_, subject->view.logs);
  // What has ended can be had in one answer.
  if (!options.follow || options.previous || subject->state.phase != Phase::kRunning) {
    (void)co_await responder.Reply(co_await ReadOnce(source, options, group));
    co_return;
  }
  LogFollower follower(options, options_.poll_interval, source, responder, clock_,
                       ContainerWatch(pods_, *std::move(subject), container));
  if (const Status begun = co_await follower.Begin(); !begun) {
    (void)co_await responder.Reply(CloudRefusal(begun.error(), group));
    co_return;
  }
  const Status ended = co_await follower.Run();
  // Without its group a container has no more to say.
  if (ended || ended.error().code == ErrorCode::kNotFound ||
      ended.error().code == ErrorCode::kCancelled)
    co_return;
  log_.Warn("followed log breaks off", {{"namespace", ns},
                                        {"pod", pod},
                                        {"container", container},
                                        {"error", ended.error().message}});
  responder.Drop();
}

}  // namespace vk::kubelet
