#include "test/provider/agent/cloud_wire.h"

#include <optional>
#include <utility>

namespace vk::agent {
namespace {

using base::Error;
using base::ErrorCode;
using base::HttpResponse;
using base::Result;
using base::Status;

class Answer final : public base::HttpResponder {
 public:
  boost::asio::awaitable<Status> Reply(HttpResponse response) override {
    response_ = std::move(response);
    co_return Status();
  }
  boost::asio::awaitable<Status> Start(int, base::HttpHeaders) override { co_return Status(); }
  boost::asio::awaitable<Status> Write(std::string) override { co_return Status(); }
  bool ClientGone() override { return false; }
  void Drop() override {}

  std::optional<HttpResponse>& response() { return response_; }

 private:
  std::optional<HttpResponse> response_;
};

Error Broken() { return Error(ErrorCode::kUnavailable, "the connection broke"); }

}  // namespace

boost::asio::awaitable<Result<HttpResponse>> CloudWire::Send(base::HttpRequest request,
                                                             base::Repeat,
                                                             base::TimePoint deadline) {
  if (request.permit != nullptr && !request.permit->MaySend())
    co_return std::unexpected(base::NotSentError());
  const WireFault fault = fault_;
  VK_CO_CHECK_OK(co_await clock_.SleepUntil(clock_.Now() + std::chrono::milliseconds(1)));
  if (fault == WireFault::kReset) co_return std::unexpected(Broken());
  Answer answer;
  request.headers.emplace_back("Host", host_);
  co_await api_.Serve(request, answer);
  if (fault == WireFault::kHalfOpen) {
    VK_CO_CHECK_OK(co_await clock_.SleepUntil(deadline));
    co_return std::unexpected(Error(ErrorCode::kDeadlineExceeded, "no reply in time"));
  }
  if (!answer.response()) co_return std::unexpected(Broken());
  HttpResponse response = *std::move(answer.response());
  if (fault == WireFault::kTruncated) response.body.resize(response.body.size() / 2);
  if (fault == WireFault::kGarbage) response = {.status = 200, .body = "\xff\xfe<html>\0{]"};
  co_return response;
}

boost::asio::awaitable<Result<std::unique_ptr<base::HttpStream>>> CloudWire::Open(base::HttpRequest,
                                                                                  base::TimePoint) {
  co_return std::unexpected(Error(ErrorCode::kInternal, "the cloud's API has no streams"));
}

}  // namespace vk::agent
