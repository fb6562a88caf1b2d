#pragma once

#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/asio_clock.h"
#include "base/http/client.h"
#include "base/log.h"
#include "base/random.h"
#include "base/task_group.h"
#include "eci_client/channel/signing.h"
#include "tools/fake_eci/fake_server.h"

namespace vk::fake {

// A whole fake cloud on loopback, and signed requests to it; everything on the test's thread but
// gRPC's own.
class FakeServerTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // Runs the loop until `task` has ended.
  template <class T>
  T Await(boost::asio::awaitable<T> task) {
    std::optional<T> result;
    tasks_.Spawn("test", Keep(std::move(task), &result));
    while (!result) RunOne();
    return std::move(*result);
  }
  void RunOne();

  // A signed request of the default key; what a test changes is changed in `call` before.
  struct Call {
    std::string action;
    eci::QueryPairs parameters;
    eci::SignatureVersion signature = eci::SignatureVersion::kV3;
    eci::UnsignedCall::Placement placement = eci::UnsignedCall::Placement::kQuery;
    std::string key = "test-key";
    std::string secret = "test-secret";
    std::string token;
    std::chrono::seconds clock_skew{0};
    std::string nonce;  // Empty: a new one.
    std::string version = "2018-08-08";
  };
  base::HttpRequest Sign(const Call& call);
  base::Result<base::HttpResponse> TrySend(base::HttpRequest request);
  base::HttpResponse Send(base::HttpRequest request);
  base::HttpResponse Send(const Call& call) { return Send(Sign(call)); }

  // Parameters of a creation that is accepted.
  static eci::QueryPairs CreateParameters(const std::string& name = "web");

  // The text of a member of a flat JSON object.
  static std::string Member(const base::HttpResponse& response, const std::string& name);

  ServerOptions options_;
  boost::asio::io_context io_{1};
  base::AsioClock clock_{io_};
  std::unique_ptr<base::Log> log_ = base::MakeStderrLog(base::LogLevel::kError);
  base::Random random_{11};
  base::TaskGroup tasks_{io_.get_executor()};
  std::unique_ptr<FakeServer> server_;
  std::unique_ptr<base::HttpTransport> client_;

 private:
  template <class T>
  static boost::asio::awaitable<void> Keep(boost::asio::awaitable<T> task,
                                           std::optional<T>* result) {
    result->emplace(co_await std::move(task));
  }
};

}  // namespace vk::fake
