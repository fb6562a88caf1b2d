#include "tools/fake_eci/exec/exec_session.h"

#include <algorithm>
#include <utility>

#include "base/deadline.h"

namespace vk::fake {
namespace {

using base::ErrorCode;
using boost::asio::awaitable;
using exec::Channel;

constexpr std::chrono::seconds kSilence{2};
// How soon a client is missed that vanished without a word, or while its input cannot be read.
constexpr std::chrono::seconds kPingPeriod{5};
constexpr std::chrono::seconds kKillLimit{5};
constexpr std::chrono::seconds kFarewell{2};

}  // namespace

ExecSession::ExecSession(base::WebSocket& client, std::string protocol, ContainerProcess& process,
                         base::Clock& clock, boost::asio::any_io_executor executor)
    : client_(client),
      protocol_(std::move(protocol)),
      process_(process),
      clock_(clock),
      begun_(clock.Now()),
      active_(begun_),
      changed_(executor),
      tasks_(std::move(executor)) {}

awaitable<void> ExecSession::Run() {
  if (!co_await client_.Send(exec::EncodeFrame(Channel::kOutput, ""))) Gone();
  tasks_.Spawn("input of a command", TakeMessages());
  tasks_.Spawn("output of a command", PassOn(Channel::kOutput, &ContainerProcess::ReadOutput));
  tasks_.Spawn("errors of a command", PassOn(Channel::kErrors, &ContainerProcess::ReadErrors));
  tasks_.Spawn("end of a command", AwaitExit());
  tasks_.Spawn("look for the client", LookForClient());
  while (!exited_ && !gone_ && clock_.Now() < Limit() && !co_await base::Cancelled()) {
    (void)co_await changed_.WaitUntil(clock_, Limit());
  }
  if (exited_) {
    co_await Drain();
    if (!gone_) co_await Tell();
  } else {
    co_await EndProcess();
  }
  tasks_.Cancel();
  co_await tasks_.Join();
}

base::TimePoint ExecSession::Limit() const {
  return std::min(active_ + kIdleLimit, begun_ + kLimit);
}

void ExecSession::Gone() {
  gone_ = true;
  changed_.Set();
}

awaitable<void> ExecSession::TakeMessages() {
  while (true) {
    auto message = co_await client_.Read();
    if (!message || !*message) break;
    active_ = clock_.Now();
    auto frame = exec::ParseFrame(std::move(**message));
    if (!frame) {
      (void)co_await client_.Close(base::WebSocketClose::kProtocolError, frame.error().message);
      break;
    }
    if (*frame && !co_await Take(std::move(**frame))) break;
  }
  Gone();
}

// False when the client does not keep to the protocol.
awaitable<bool> ExecSession::Take(exec::Frame frame) {
  if (frame.channel == Channel::kInput) {
    // A command that reads no more, or has no input, is no reason to end.
    (void)co_await process_.WriteInput(std::move(frame.data));
  } else if (frame.channel == Channel::kClose && exec::CanEndInput(protocol_)) {
    const bool input =
        frame.data.size() == 1 && frame.data[0] == static_cast<char>(Channel::kInput);
    if (input) co_await process_.CloseInput();
  } else if (frame.channel == Channel::kResize) {
    const auto size = exec::ParseTerminalSize(frame.data);
    if (!size) {
      (void)co_await client_.Close(base::WebSocketClose::kProtocolError, size.error().message);
      co_return false;
    }
    co_await process_.Resize(size->width, size->height);
  }
  co_return true;
}

awaitable<void> ExecSession::PassOn(Channel channel, Read read) {
  while (true) {
    auto bytes = co_await (process_.*read)();
    if (!bytes || bytes->empty()) break;
    ++sending_;
    const base::Status sent = co_await client_.Send(exec::EncodeFrame(channel, *bytes));
    --sending_;
    active_ = clock_.Now();
    changed_.Set();
    if (!sent) {
      Gone();
      break;
    }
  }
  --open_outputs_;
  changed_.Set();
}

awaitable<void> ExecSession::AwaitExit() {
  const auto code = co_await process_.Wait();
  if (!code && code.error().code == ErrorCode::kCancelled) co_return;
  end_ = code ? exec::End{.exit_code = *code} : exec::End{.error = code.error().message};
  exited_ = true;
  active_ = clock_.Now();
  changed_.Set();
  co_await process_.CloseInput();
}

awaitable<void> ExecSession::LookForClient() {
  while (co_await clock_.SleepUntil(clock_.Now() + kPingPeriod)) {
    const base::Status sent = co_await client_.Ping();
    if (!sent) {
      if (sent.error().code != ErrorCode::kCancelled) Gone();
      co_return;
    }
  }
}

awaitable<void> ExecSession::Drain() {
  while (open_outputs_ > 0 && !gone_ && !co_await base::Cancelled()) {
    const base::TimePoint until = sending_ > 0 ? Limit() : active_ + kSilence;
    if (clock_.Now() >= until) co_return;
    (void)co_await changed_.WaitUntil(clock_, until);
  }
}

awaitable<void> ExecSession::Tell() {
  const base::TimePoint until = clock_.Now() + kFarewell;
  (void)co_await base::WithDeadline<void>(
      clock_, until, "tell the end",
      client_.Send(exec::EncodeFrame(Channel::kStatus, exec::EncodeEnd(end_))));
  (void)co_await base::WithDeadline<void>(clock_, until, "close",
                                          client_.Close(base::WebSocketClose::kNormal, ""));
  // Closed with input unread, the connection would be reset, and the client lose what was told.
  while (!gone_ && clock_.Now() < until && !co_await base::Cancelled()) {
    (void)co_await changed_.WaitUntil(clock_, until);
  }
}

awaitable<void> ExecSession::EndProcess() {
  process_.Kill();
  const base::TimePoint until = clock_.Now() + kKillLimit;
  if (!gone_) {
    (void)co_await base::WithDeadline<void>(
        clock_, until, "close",
        client_.Close(base::WebSocketClose::kGoingAway, "the session's time is over"));
  }
  while (!exited_ && clock_.Now() < until && !co_await base::Cancelled()) {
    (void)co_await changed_.WaitUntil(clock_, until);
  }
}

}  // namespace vk::fake
