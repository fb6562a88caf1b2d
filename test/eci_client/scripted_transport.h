#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/http/transport.h"

namespace vk::eci {

// A transport that answers what a test put into its script and keeps every request. Answers 200 and
// an empty object when the script is over. Never answers while `silent`, until the deadline.
class ScriptedTransport final : public base::HttpTransport {
 public:
  struct Sent {
    base::HttpRequest request;
    base::Repeat repeat;
    base::TimePoint deadline;
  };

  explicit ScriptedTransport(base::Clock& clock) : clock_(clock) {}

  void Answer(base::Result<base::HttpResponse> answer) { script_.push_back(std::move(answer)); }
  void AnswerJson(int status, std::string body) {
    Answer(base::HttpResponse{.status = status,
                              .headers = {{"Content-Type", "application/json;charset=utf-8"}},
                              .body = std::move(body)});
  }
  void BeSilent() { silent_ = true; }

  boost::asio::awaitable<base::Result<base::HttpResponse>> Send(base::HttpRequest request,
                                                                base::Repeat repeat,
                                                                base::TimePoint deadline) override {
    if (request.permit != nullptr && !request.permit->MaySend())
      co_return std::unexpected(base::NotSentError());
    sent_.push_back({std::move(request), repeat, deadline});
    if (silent_) {
      VK_CO_CHECK_OK(co_await clock_.SleepUntil(deadline));
      co_return std::unexpected(base::Error(base::ErrorCode::kDeadlineExceeded, "no reply"));
    }
    if (script_.empty()) co_return base::HttpResponse{.status = 200, .headers = {}, .body = "{}"};
    auto answer = std::move(script_.front());
    script_.pop_front();
    co_return answer;
  }

  boost::asio::awaitable<base::Result<std::unique_ptr<base::HttpStream>>> Open(
      base::HttpRequest, base::TimePoint) override {
    co_return std::unexpected(base::Error(base::ErrorCode::kInternal, "streams are not scripted"));
  }

  const std::vector<Sent>& sent() const { return sent_; }

 private:
  base::Clock& clock_;
  std::deque<base::Result<base::HttpResponse>> script_;
  bool silent_ = false;
  std::vector<Sent> sent_;
};

}  // namespace vk::eci
