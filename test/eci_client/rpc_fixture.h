#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/task_group.h"
#include "eci_client/rpc_channel.h"
#include "proto/eci/v1/container.pb.h"
#include "proto/eci/v1/container_group.pb.h"
#include "proto/eci/v1/container_group_view.pb.h"
#include "test/base/manual_clock.h"

namespace vk::eci {

// A channel that answers what a test put into its script, in order, success when the script is
// over, and keeps what it was asked, with the moment.
class ScriptedChannel final : public RpcChannel {
 public:
  struct Received {
    std::string action;
    std::string request;  // Serialized.
    int attempt;
    base::TimePoint at;
  };

  explicit ScriptedChannel(base::Clock& clock) : clock_(clock) {}

  void Fail(base::Error error) { script_.push_back(std::move(error)); }
  // What a successful call does to the reply.
  void OnSuccess(std::function<void(google::protobuf::Message*)> fill) { fill_ = std::move(fill); }

  boost::asio::awaitable<base::Result<RpcDone>> Call(Rpc rpc) override {
    calls_.push_back(
        {std::string(rpc.action), rpc.request->SerializeAsString(), rpc.attempt, clock_.Now()});
    base::Result<RpcDone> answer = RpcDone{.sent = clock_.Now()};
    if (!script_.empty()) {
      answer = std::unexpected(std::move(script_.front()));
      script_.pop_front();
    } else if (fill_) {
      fill_(rpc.reply);
    }
    co_return answer;
  }

  const std::vector<Received>& calls() const { return calls_; }

 private:
  base::Clock& clock_;
  std::deque<base::Error> script_;
  std::function<void(google::protobuf::Message*)> fill_;
  std::vector<Received> calls_;
};

// Keeps every line, fields appended.
class RecordingLog final : public base::Log {
 public:
  struct Line {
    base::LogLevel level;
    std::string text;
  };

  void Write(base::LogLevel level, std::string_view message,
             std::initializer_list<Field> fields) override {
    std::string text(message);
    base::AppendFields(fields, &text);
    lines_.push_back({level, std::move(text)});
  }

  const std::vector<Line>& lines() const { return lines_; }

 private:
  std::vector<Line> lines_;
};

inline base::Error CloudError(base::ErrorCode code, std::string cloud_code) {
  base::Error error(code, "the cloud's words");
  error.cloud_code = std::move(cloud_code);
  error.request_id = "REQUEST-1";
  return error;
}

// Virtual time and a place to run calls in.
class RpcFixture : public testing::Test {
 protected:
  struct Outcome {
    std::optional<base::Result<RpcDone>> status;  // Nothing while the call runs.
    base::TimePoint ended;
    v1::DeleteContainerGroupRequest request;
    v1::DeleteContainerGroupResponse reply;

    bool Succeeded() const { return status && status->has_value(); }
    const base::Error& error() const { return status->error(); }
  };

  // The destructor would be too late: the calls must end before the channels of derived fixtures
  // do.
  void TearDown() override {
    tasks_.Cancel();
    clock_.Advance(std::chrono::nanoseconds(0));
  }

  base::TimePoint In(std::chrono::nanoseconds time) const { return clock_.Now() + time; }

  // Starts a call of `action` with a DeleteContainerGroupRequest as its request, whatever the
  // action: the channels under test treat all messages alike.
  std::shared_ptr<Outcome> Start(RpcChannel& channel, std::string_view action,
                                 std::chrono::nanoseconds limit, std::string client_token = "") {
    auto outcome = std::make_shared<Outcome>();
    outcome->request.set_container_group_id("eci-1");
    if (!client_token.empty()) outcome->request.set_client_token(std::move(client_token));
    tasks_.Spawn("call", Run(channel, action, In(limit), outcome));
    clock_.Advance(std::chrono::nanoseconds(0));
    return outcome;
  }

  boost::asio::awaitable<void> Run(RpcChannel& channel, std::string_view action,
                                   base::TimePoint deadline, std::shared_ptr<Outcome> outcome) {
    outcome->status = co_await channel.Call({.action = action,
                                             .request = &outcome->request,
                                             .reply = &outcome->reply,
                                             .deadline = deadline});
    outcome->ended = clock_.Now();
  }

  boost::asio::io_context io_{1};
  base::ManualClock clock_{io_};
  base::TaskGroup tasks_{io_.get_executor()};
};

}  // namespace vk::eci
