#include "tools/fake_eci/containerd/attached_process.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "base/deadline.h"
#include "base/event.h"
#include "base/http/websocket.h"
#include "base/random.h"
#include "proto/cri/v1/runtime.pb.h"

namespace vk::fake {
namespace {

using base::Error;
using base::ErrorCode;
using boost::asio::awaitable;

constexpr std::chrono::seconds kOpenLimit{10};
// The first byte of the messages of v4.channel.k8s.io.
constexpr char kInput = 0;
constexpr char kOutput = 1;
constexpr char kErrors = 2;
constexpr char kResize = 4;

class AttachedProcess final : public ContainerProcess {
 public:
  AttachedProcess(ContainerStreams streams, CriClient& cri, base::Clock& clock,
                  boost::asio::any_io_executor executor)
      : streams_(std::move(streams)),
        cri_(cri),
        clock_(clock),
        executor_(executor),
        random_(base::SystemSeed()),
        ended_(executor),
        opened_for_input_(executor),
        opened_for_errors_(executor) {}

  awaitable<base::Result<std::string>> ReadOutput() override {
    if (!is_open_) co_await OpenAll();
    auto bytes = failure_ ? co_await Read(output_, kOutput) : std::string();
    if (bytes && bytes->empty()) End();
    co_return bytes;
  }

  awaitable<base::Result<std::string>> ReadErrors() override {
    while (!is_open_) VK_CO_CHECK_OK(co_await opened_for_errors_.Wait());
    if (!errors_.socket) co_return "";
    co_return co_await Read(errors_, kErrors);
  }

  awaitable<base::Status> WriteInput(std::string bytes) override {
    while (!is_open_) VK_CO_CHECK_OK(co_await opened_for_input_.Wait());
    base::WebSocket* const to = streams_.terminal ? output_.socket.get() : input_.socket.get();
    if (!streams_.input || to == nullptr || input_closed_) {
      co_return std::unexpected(
          Error(ErrorCode::kUnavailable, "write input: the container has none, or it was closed"));
    }
    co_return co_await to->Send(kInput + bytes);
  }

  awaitable<void> CloseInput() override {
    while (!is_open_ && co_await opened_for_input_.Wait()) {
    }
    if (!input_.socket || std::exchange(input_closed_, true)) co_return;
    (void)co_await input_.socket->Close(base::WebSocketClose::kNormal, "");
  }

  awaitable<void> Resize(std::uint16_t width, std::uint16_t height) override {
    size_ = std::string(1, kResize) + fmt::format(R"({{"Width":{},"Height":{}}})", width, height);
    if (streams_.terminal && output_.socket) (void)co_await output_.socket->Send(size_);
  }

  awaitable<base::Result<int>> Wait() override {
    while (!is_over_) {
      if (const base::Status waited = co_await ended_.Wait(); !waited)
        co_return std::unexpected(waited.error());
    }
    if (!failure_) co_return std::unexpected(failure_.error());
    co_return 0;
  }

  void Kill() override { End(); }

 private:
  void End() {
    is_over_ = true;
    ended_.Set();
  }

  // The input last, so that what it brings about is seen. A terminal is one stream both ways.
  awaitable<void> OpenAll() {
    failure_ = co_await Open(kOutput, &output_);
    if (failure_ && !streams_.terminal) failure_ = co_await Open(kErrors, &errors_);
    if (failure_ && streams_.input && !streams_.terminal) failure_ = co_await Open(kInput, &input_);
    is_open_ = true;
    opened_for_input_.Set();
    opened_for_errors_.Set();
  }

  awaitable<base::Status> Open(char channel, base::DialledWebSocket* to) {
    runtime::v1::AttachRequest request;
    request.set_container_id(streams_.container_id);
    request.set_tty(streams_.terminal);
    // Containerd takes a WebSocket without input for one whose input has ended: it would end the
    // container's, or let go of the outputs.
    request.set_stdin(true);
    request.set_stdout(channel == kOutput);
    request.set_stderr(channel == kErrors);
    const base::TimePoint deadline = clock_.Now() + kOpenLimit;
    VK_CO_TRY(reply, co_await cri_.Attach(std::move(request), deadline));
    std::string url = reply.url();
    if (url.starts_with("http")) url.replace(0, 4, "ws");
    VK_CO_TRY(opened, co_await base::WithDeadline<base::DialledWebSocket>(
                          clock_, deadline, "attach",
                          base::DialWebSocket(std::move(url), {"v4.channel.k8s.io"}, nullptr,
                                              random_, executor_)));
    *to = std::move(opened);
    // The size may have come before.
    if (channel == kOutput && streams_.terminal && !size_.empty())
      co_return co_await to->socket->Send(size_);
    co_return base::Status();
  }

  // Empty once the stream has ended.
  static awaitable<base::Result<std::string>> Read(base::DialledWebSocket& from, char channel) {
    while (true) {
      auto message = co_await from.socket->Read();
      if (!message && message.error().code == ErrorCode::kCancelled)
        co_return std::unexpected(std::move(message).error());
      if (!message || !*message) co_return "";
      std::string& bytes = **message;
      // Before anything else comes an empty message, at the end one with the status.
      if (bytes.size() > 1 && bytes.front() == channel) co_return bytes.substr(1);
    }
  }

  const ContainerStreams streams_;
  CriClient& cri_;
  base::Clock& clock_;
  const boost::asio::any_io_executor executor_;
  base::Random random_;
  base::DialledWebSocket input_;
  base::DialledWebSocket output_;
  base::DialledWebSocket errors_;
  std::string size_;  // The size of the client's terminal, as a message; empty: not told.
  base::Status failure_;
  base::Event ended_;
  base::Event opened_for_input_;
  base::Event opened_for_errors_;
  bool is_open_ = false;  // All that there are, or it failed.
  bool input_closed_ = false;
  bool is_over_ = false;
};

}  // namespace

std::unique_ptr<ContainerProcess> AttachProcess(ContainerStreams streams, CriClient& cri,
                                                base::Clock& clock,
                                                boost::asio::any_io_executor executor) {
  return std::make_unique<AttachedProcess>(std::move(streams), cri, clock, std::move(executor));
}

}  // namespace vk::fake
