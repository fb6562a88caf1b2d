#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/http/transport.h"
#include "tools/fake_eci/open_api/open_api.h"

namespace vk::agent {

// Each machine has a clock of its own: the test's, set wrong by `skew`.
class SkewedClock final : public base::Clock {
 public:
  explicit SkewedClock(base::Clock& clock) : clock_(clock) {}

  void set_skew(std::chrono::seconds skew) { skew_ = skew; }

  base::TimePoint Now() const override { return clock_.Now(); }
  base::WallTime WallNow() const override { return clock_.WallNow() + skew_; }
  boost::asio::awaitable<base::Status> SleepUntil(base::TimePoint when) override {
    return clock_.SleepUntil(when);
  }

 private:
  base::Clock& clock_;
  std::chrono::seconds skew_{0};
};

// What happens to the answers of the cloud on their way.
enum class WireFault {
  kNone,
  kReset,      // The connection breaks before the request has an effect.
  kHalfOpen,   // The request has its effect; nothing comes back, nothing breaks.
  kTruncated,  // The first half of the body comes, as if it were all.
  kGarbage,    // Bytes that no cloud sends, under status 200.
};

// HTTP between the agent and the fake cloud's own OpenAPI, without sockets.
class CloudWire final : public base::HttpTransport {
 public:
  // REQUIRES: all outlive it.
  CloudWire(std::string host, fake::OpenApi& api, base::Clock& clock)
      : host_(std::move(host)), api_(api), clock_(clock) {}

  void set_fault(WireFault fault) { fault_ = fault; }

  boost::asio::awaitable<base::Result<base::HttpResponse>> Send(base::HttpRequest request,
                                                                base::Repeat repeat,
                                                                base::TimePoint deadline) override;
  boost::asio::awaitable<base::Result<std::unique_ptr<base::HttpStream>>> Open(
      base::HttpRequest request, base::TimePoint deadline) override;

 private:
  const std::string host_;
  fake::OpenApi& api_;
  base::Clock& clock_;
  WireFault fault_ = WireFault::kNone;
};

}  // namespace vk::agent
