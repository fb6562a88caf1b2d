#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/http/server.h"
#include "base/result.h"
#include "provider/kubelet_api/log_options.h"
#include "provider/kubelet_api/log_source.h"
#include "provider/kubelet_api/log_window.h"

namespace vk::kubelet {

// The answer's lines from index `first` on, each with its line break; with timestamps in the
// kubelet's form, nine digits of fraction.
std::string FormatLines(const LogAnswer& answer, std::size_t first, bool timestamps);

// One followed log: asks again and again and writes what is new. Owned by one request.
class LogFollower {
 public:
  // What has become of the container since the request came.
  enum class Container { kRuns, kEnded, kRestarted };
  using Watch = std::function<Container()>;

  // REQUIRES: everything referred to outlives Run. `watch` is asked before each call.
  LogFollower(LogOptions options, std::chrono::milliseconds interval, LogSource& source,
              base::HttpResponder& responder, base::Clock& clock, Watch watch);

  // The first calls, before anything is answered. Errors: those of the call; nothing was written.
  boost::asio::awaitable<base::Status> Begin();

  // Writes until the container has ended and everything was sent, the client has gone, or the byte
  // limit is reached. Errors: the cloud's refusal, or its silence after the container's end; the
  // log is then not whole.
  boost::asio::awaitable<base::Status> Run();

 private:
  enum class Foreign { kHold, kTake };

  // Reads once and writes what is new; of a log of which nothing was seen, only when told so.
  boost::asio::awaitable<base::Status> Step(bool previous, Foreign foreign);
  boost::asio::awaitable<void> WriteNews(const std::string& content, Foreign foreign);
  boost::asio::awaitable<void> Write(std::string text);
  // Everything that the container wrote before it ended.
  boost::asio::awaitable<base::Status> ReadToEnd(bool restarted);
  boost::asio::awaitable<base::Status> ReadAll(bool previous, Foreign foreign);
  // Waits for the next turn after `step`; false when there is none.
  boost::asio::awaitable<bool> Pause(base::Status step);
  bool done() const { return client_gone_ || left_ == std::size_t{0}; }

  const LogOptions options_;
  const std::chrono::milliseconds interval_;
  LogSource& source_;
  base::HttpResponder& responder_;
  base::Clock& clock_;
  const Watch watch_;
  LogWindow window_;
  std::optional<std::size_t> left_;  // Bytes that may still be written; nothing: no limit.
  std::string first_;                // What Begin read.
  bool more_ = false;                // The last answer was cut: ask again at once.
  int foreign_ = 0;                  // Answers in a row that showed nothing of what was seen.
  int failures_ = 0;                 // In a row.
  bool client_gone_ = false;
};

}  // namespace vk::kubelet
