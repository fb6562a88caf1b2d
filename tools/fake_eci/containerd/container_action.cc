#include "tools/fake_eci/containerd/container_action.h"

#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>
#include <memory>

#include "base/deadline.h"
#include "base/http/client.h"
#include "base/http/socket_stream.h"
#include "proto/cri/v1/runtime.pb.h"
#include "proto/eci/v1/container_group.pb.h"

namespace vk::fake {
namespace {

using base::Error;
using base::ErrorCode;
using base::Status;
using boost::asio::awaitable;

constexpr std::size_t kShownOutput = 1024;

// The two hooks are flat fields that differ by a word in their names.
#define VK_HOOK(field)                                                                       \
  ContainerAction action;                                                                    \
  action.command = {container.field##_exec().begin(), container.field##_exec().end()};       \
  if (container.has_##field##_http_get_port()) {                                             \
    action.http = {.host = container.field##_http_get_host(),                                \
                   .port = container.field##_http_get_port(),                                \
                   .path = container.field##_http_get_path(),                                \
                   .tls = container.field##_http_get_scheme() == "HTTPS",                    \
                   .headers = {}};                                                           \
    for (const auto& header : container.field##_http_get_http_header()) {                    \
      action.http->headers.emplace_back(header.name(), header.value());                      \
    }                                                                                        \
  }                                                                                          \
  if (container.has_##field##_tcp_socket_port()) {                                           \
    action.tcp = {container.field##_tcp_socket_host(), container.field##_tcp_socket_port()}; \
  }                                                                                          \
  return action

Error Failed(std::string message) { return {ErrorCode::kInternal, std::move(message)}; }

std::string Brief(std::string text) {
  if (text.size() > kShownOutput) text.resize(kShownOutput);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

awaitable<Status> Execute(std::vector<std::string> command, std::string container_id,
                          base::TimePoint deadline, CriClient& cri) {
  runtime::v1::ExecSyncRequest request;
  request.set_container_id(container_id);
  for (std::string& word : command) request.add_cmd(std::move(word));
  const auto ended = co_await cri.ExecSync(std::move(request), deadline);
  if (!ended) co_return std::unexpected(ended.error());
  if (ended->exit_code() == 0) co_return Status();
  co_return std::unexpected(Failed(Brief(ended->stdout() + ended->stderr())));
}

awaitable<Status> Ask(ContainerAction::Http http, std::string address, base::TimePoint deadline,
                      base::Clock& clock) {
  base::HttpClientOptions options;
  options.url = fmt::format("{}://{}:{}", http.tls ? "https" : "http",
                            http.host.empty() ? address : http.host, http.port);
  options.user_agent = "kube-probe/fake-eci";
  if (http.tls) {
    auto trusting = base::MakeTlsClientContext({.verify_server = false});
    if (!trusting) co_return std::unexpected(std::move(trusting).error());
    options.tls = std::move(*trusting);
  }
  auto client = base::MakeHttpClient(options, co_await boost::asio::this_coro::executor, clock);
  if (!client) co_return std::unexpected(std::move(client).error());
  base::HttpRequest request{.method = "GET", .target = http.path.empty() ? "/" : http.path};
  request.headers = {http.headers.begin(), http.headers.end()};
  const auto reply = co_await (*client)->Send(std::move(request), base::Repeat::kOnce, deadline);
  if (!reply)
    co_return std::unexpected(
        Failed("Get \"" + options.url + http.path + "\": " + reply.error().message));
  if (reply->status >= 200 && reply->status < 400) co_return Status();
  co_return std::unexpected(
      Failed(fmt::format("HTTP probe failed with statuscode: {}", reply->status)));
}

awaitable<Status> Connect(ContainerAction::Tcp tcp, std::string address, base::TimePoint deadline,
                          base::Clock& clock) {
  const std::string host = tcp.host.empty() ? address : tcp.host;
  const auto stream = co_await base::WithDeadline(
      clock, deadline, "connect",
      base::Dial({.host = host, .port = static_cast<std::uint16_t>(tcp.port)}, nullptr));
  if (stream) co_return Status();
  co_return std::unexpected(
      Failed(fmt::format("dial tcp {}:{}: {}", host, tcp.port, stream.error().message)));
}

}  // namespace

ProbePlan PlanOf(const eci::v1::Probe& probe) {
  ProbePlan plan;
  plan.action.command = {probe.exec().command().begin(), probe.exec().command().end()};
  if (probe.has_http_get()) {
    plan.action.http = {.host = "",
                        .port = probe.http_get().port(),
                        .path = probe.http_get().path(),
                        .tls = probe.http_get().scheme() == "HTTPS",
                        .headers = {}};
  }
  if (probe.has_tcp_socket()) plan.action.tcp = {"", probe.tcp_socket().port()};
  plan.delay = std::chrono::seconds(probe.initial_delay_seconds());
  if (probe.period_seconds() > 0) plan.period = std::chrono::seconds(probe.period_seconds());
  if (probe.timeout_seconds() > 0) plan.timeout = std::chrono::seconds(probe.timeout_seconds());
  if (probe.success_threshold() > 0) plan.successes = probe.success_threshold();
  if (probe.failure_threshold() > 0) plan.failures = probe.failure_threshold();
  return plan;
}

ContainerAction PostStartOf(const eci::v1::Container& container) {
  VK_HOOK(lifecycle_post_start_handler);
}

ContainerAction PreStopOf(const eci::v1::Container& container) {
  VK_HOOK(lifecycle_pre_stop_handler);
}

awaitable<Status> Perform(ContainerAction action, std::string container_id, std::string address,
                          base::TimePoint deadline, CriClient& cri, base::Clock& clock) {
  if (action.http) return Ask(std::move(*action.http), std::move(address), deadline, clock);
  if (action.tcp) return Connect(std::move(*action.tcp), std::move(address), deadline, clock);
  return Execute(std::move(action.command), std::move(container_id), deadline, cri);
}

}  // namespace vk::fake
