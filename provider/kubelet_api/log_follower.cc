#include "provider/kubelet_api/log_follower.h"

#include <algorithm>
#include <utility>

namespace vk::kubelet {
namespace {

using base::ErrorCode;
using base::Status;

constexpr char kGapNotice[] =
    "virtual-node: lines are missing here; the cloud returns at most 2000 lines or 1 MiB of a log "
    "at a time\n";
// A container that was started again shows a new log before its pod's status tells of it; what the
// old one wrote last is then read by another call. After so many turns the log itself has changed.
constexpr int kForeignTurns = 5;
constexpr int kMaxFailuresAtEnd = 5;
constexpr std::chrono::milliseconds kLongestPause{10'000};

// To reach the end of a log of which a tail is wanted.
constexpr int kMaxFirstTurns = 8;

void KeepLastLines(std::string* text, std::int64_t count) {
  std::size_t from = text->size();
  for (; from > 0; --from) {
    if ((*text)[from - 1] == '\n' && count-- == 0) break;
  }
  text->erase(0, from);
}

// The same call may work later.
bool MayRecover(ErrorCode code) {
  return code == ErrorCode::kThrottled || code == ErrorCode::kUnavailable ||
         code == ErrorCode::kDeadlineExceeded || code == ErrorCode::kInternal;
}

}  // namespace

std::string FormatLines(const LogAnswer& answer, std::size_t first, bool timestamps) {
  std::string text;
  for (std::size_t i = first; i < answer.lines.size(); ++i) {
    const LogLine& line = answer.lines[i];
    if (timestamps && line.time)
      text.append(base::FormatRfc3339(*line.time, 9).value_or("")).append(" ");
    text.append(line.text).append("\n");
  }
  return text;
}

LogFollower::LogFollower(LogOptions options, std::chrono::milliseconds interval, LogSource& source,
                         base::HttpResponder& responder, base::Clock& clock, Watch watch)
    : options_(options),
      interval_(interval),
      source_(source),
      responder_(responder),
      clock_(clock),
      watch_(std::move(watch)) {
  if (options_.limit_bytes) left_ = static_cast<std::size_t>(*options_.limit_bytes);
  if (options_.since)
    window_.set_start(
        std::chrono::floor<std::chrono::seconds>(*options_.since).time_since_epoch().count());
}

// Asks for more lines than the tail that is wanted: what is left out has to be known, or the next
// answer would show it as new.
boost::asio::awaitable<Status> LogFollower::Begin() {
  for (int turn = 0; turn < kMaxFirstTurns; ++turn) {
    VK_CO_TRY(content, co_await source_.Read({.previous = false,
                                              .timestamps = true,
                                              .tail = kMaxLogLines,
                                              .start = window_.start()}));
    const LogAnswer answer = ParseLogAnswer(content);
    const std::size_t first = window_.Compare(answer).first;
    first_ += FormatLines(answer, first, options_.timestamps);
    more_ = window_.Accept(answer, first).more;
    if (!options_.tail_lines || !more_) break;
  }
  if (options_.tail_lines) KeepLastLines(&first_, *options_.tail_lines);
  co_return Status();
}

boost::asio::awaitable<Status> LogFollower::Run() {
  client_gone_ = !co_await responder_.Start(200, {{"Content-Type", "text/plain; charset=utf-8"}});
  co_await Write(std::exchange(first_, {}));
  Status step;
  while (co_await Pause(step)) {
    const Container container = watch_();
    if (container != Container::kRuns)
      co_return co_await ReadToEnd(container == Container::kRestarted);
    step = co_await Step(false, foreign_ < kForeignTurns ? Foreign::kHold : Foreign::kTake);
    if (!step && !MayRecover(step.error().code)) co_return step;
  }
  co_return Status();
}

boost::asio::awaitable<Status> LogFollower::ReadToEnd(bool restarted) {
  failures_ = 0;
  if (!restarted) {
    VK_CO_CHECK_OK(co_await ReadAll(false, Foreign::kHold));
    if (foreign_ == 0) co_return Status();
  }
  foreign_ = 0;
  const Status previous = co_await ReadAll(true, Foreign::kHold);
  if (previous && foreign_ == 0) co_return Status();
  // No log shows what was seen: the container's own was shortened.
  if (!restarted) co_return co_await ReadAll(false, Foreign::kTake);
  co_return previous;
}

boost::asio::awaitable<Status> LogFollower::ReadAll(bool previous, Foreign foreign) {
  Status step;
  do {
    step = co_await Step(previous, foreign);
    const bool again = step ? more_ : MayRecover(step.error().code);
    if (!again || failures_ >= kMaxFailuresAtEnd) break;
  } while (co_await Pause(step));
  co_return step;
}

boost::asio::awaitable<Status> LogFollower::Step(bool previous, Foreign foreign) {
  auto content = co_await source_.Read(
      {.previous = previous, .timestamps = true, .tail = kMaxLogLines, .start = window_.start()});
  more_ = false;
  if (!content) {
    ++failures_;
    co_return std::unexpected(std::move(content).error());
  }
  failures_ = 0;
  co_await WriteNews(*content, foreign);
  co_return Status();
}

boost::asio::awaitable<void> LogFollower::WriteNews(const std::string& content, Foreign foreign) {
  const LogAnswer answer = ParseLogAnswer(content);
  const LogWindow::News news = window_.Compare(answer);
  foreign_ = news.foreign ? foreign_ + 1 : 0;
  if (news.foreign && foreign == Foreign::kHold) co_return;
  foreign_ = 0;
  const LogWindow::Progress progress = window_.Accept(answer, news.first);
  more_ = progress.more;
  std::string text = FormatLines(answer, news.first, options_.timestamps);
  if (news.gap && !text.empty()) text.insert(0, kGapNotice);
  if (progress.gap) text += kGapNotice;
  co_await Write(std::move(text));
}

boost::asio::awaitable<void> LogFollower::Write(std::string text) {
  if (left_) {
    text.resize(std::min(text.size(), *left_));
    *left_ -= text.size();
  }
  if (!text.empty() && !co_await responder_.Write(std::move(text))) client_gone_ = true;
}

boost::asio::awaitable<bool> LogFollower::Pause(Status step) {
  if (!done() && (!step || !more_)) {
    auto pause = std::min(interval_ * (1 << std::min(failures_, 8)), kLongestPause);
    if (!step && step.error().retry_after) pause = std::max(pause, *step.error().retry_after);
    if (!co_await clock_.SleepUntil(clock_.Now() + pause)) co_return false;
    client_gone_ = client_gone_ || responder_.ClientGone();
  }
  co_return !done();
}

}  // namespace vk::kubelet
