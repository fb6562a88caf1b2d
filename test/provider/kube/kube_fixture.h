#pragma once

#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/task_group.h"
#include "provider/kube/testing/fake_kube.h"
#include "provider/kube/testing/fake_kube_client.h"
#include "provider/kube/testing/fake_kube_faults.h"
#include "test/base/manual_clock.h"

namespace vk::kube {

class SilentLog final : public base::Log {
 public:
  void Write(base::LogLevel, std::string_view, std::initializer_list<Field>) override {}
};

// Errors to answer and moments to take, set by the test, and what was asked.
class TestFaults final : public FakeKubeFaults {
 public:
  Request BeforeEffect(const KubeCall& call) override {
    calls.push_back(std::string(call.verb) + " " + std::string(call.resource.plural));
    bodies.emplace_back(call.body);
    if (call.verb == refused_verb) {
      return {.error = base::Error(base::ErrorCode::kPermissionDenied, "not allowed")};
    }
    if (refuse_writes && (call.verb == "create" || call.verb == "update"))
      return {.latency = latency,
              .error = base::Error(base::ErrorCode::kUnavailable, "writes are refused")};
    return {.latency = latency, .error = error};
  }
  Reply AfterEffect(const KubeCall&, const base::Error*) override {
    return {.latency = reply_latency};
  }
  std::chrono::nanoseconds WatchLimit(const KubeCall&) override { return watch_limit; }
  Delivery OnWatchEvent(const KubeCall&, const WatchEvent&) override {
    return {.broken = std::exchange(break_watch, false)};
  }

  std::chrono::nanoseconds latency{};
  std::chrono::nanoseconds reply_latency{};
  std::chrono::nanoseconds watch_limit = kForever;
  std::optional<base::Error> error;
  std::string refused_verb;  // "watch": such calls are forbidden.
  bool refuse_writes = false;
  bool break_watch = false;
  std::vector<std::string> calls;
  std::vector<std::string> bodies;
};

// An API server in memory, a client and virtual time.
class KubeTest : public testing::Test {
 protected:
  // Ends what the test started before its parts go.
  ~KubeTest() override {
    tasks_.Cancel();
    clock_.Advance(std::chrono::nanoseconds(0));
    EXPECT_EQ(tasks_.size(), 0u) << "a task did not end when it was cancelled";
  }

  template <class T>
  static boost::asio::awaitable<void> Keep(boost::asio::awaitable<T> task,
                                           std::optional<T>* result) {
    result->emplace(co_await std::move(task));
  }
  template <class T>
  T Await(boost::asio::awaitable<T> task) {
    std::optional<T> result;
    tasks_.Spawn("test", Keep(std::move(task), &result));
    clock_.Advance(std::chrono::nanoseconds(0));
    while (!result) clock_.Advance(std::chrono::milliseconds(100));
    return *std::move(result);
  }
  base::TimePoint Soon() const { return clock_.Now() + std::chrono::seconds(10); }
  std::chrono::nanoseconds Elapsed() const { return clock_.Now() - base::TimePoint(); }

  boost::asio::io_context io_{1};
  base::ManualClock clock_{io_};
  FakeKube server_{1, [this] { return clock_.WallNow(); }};
  TestFaults faults_;
  FakeKubeClient api_{server_, io_.get_executor(), clock_, faults_};
  SilentLog log_;
  base::Metrics metrics_;
  base::TaskGroup tasks_{io_.get_executor()};
};

}  // namespace vk::kube
