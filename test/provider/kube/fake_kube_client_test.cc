#include "provider/kube/testing/fake_kube_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/task_group.h"
#include "proto/kubernetes/core/v1/config.pb.h"
#include "provider/kube/object_bytes.h"
#include "provider/kube/testing/fake_pods.h"
#include "test/base/manual_clock.h"

namespace vk::kube {
namespace {

namespace asio = boost::asio;
using base::ErrorCode;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;

// Gives every call and event what the test wrote into it, and writes down what it was asked.
class ScriptedFaults final : public FakeKubeFaults {
 public:
  Request BeforeEffect(const KubeCall& call) override {
    asked.push_back(std::string(call.verb) + " " + std::string(call.resource.plural) + " " +
                    call.key.name);
    return request;
  }
  Reply AfterEffect(const KubeCall& /*call*/, const base::Error* error) override {
    asked.push_back(error == nullptr ? "taken" : error->cloud_code);
    return reply;
  }
  Delivery OnWatchEvent(const KubeCall& /*watch*/, const WatchEvent& /*event*/) override {
    return std::exchange(delivery, later);
  }

  Request request;
  Reply reply;
  Delivery delivery;  // How the next event is delivered.
  Delivery later;     // How those after it are.
  std::vector<std::string> asked;
};

std::string NewConfigMap(const std::string& name) {
  k8s::io::api::core::v1::ConfigMap map;
  map.mutable_metadata()->set_name(name);
  return ToBytes(map);
}

class FakeKubeClientTest : public testing::Test {
 protected:
  template <class T>
  using Outcome = std::optional<base::Result<T>>;
  using Events = std::vector<WatchEvent>;

  template <class T>
  static asio::awaitable<void> Keep(asio::awaitable<base::Result<T>> call, Outcome<T>& outcome) {
    outcome.emplace(co_await std::move(call));
  }
  template <class T>
  void Start(asio::awaitable<base::Result<T>> call, Outcome<T>& outcome) {
    tasks_.Spawn("call", Keep(std::move(call), outcome));
  }
  template <class T>
  base::Result<T> Await(asio::awaitable<base::Result<T>> call) {
    Outcome<T> outcome;
    Start(std::move(call), outcome);
    clock_.Advance(seconds(0));
    while (!outcome) clock_.Advance(milliseconds(100));
    return std::move(outcome).value();
  }

  base::TimePoint After(milliseconds time) { return clock_.Now() + time; }
  asio::awaitable<base::Result<std::string>> CreateMap() {
    return client_.Create(kConfigMaps, ObjectKey{"default", "", ""}, NewConfigMap("map"),
                          After(seconds(10)));
  }
  bool MapExists() { return server_.Get(kConfigMaps, ObjectKey{"default", "map", ""}).has_value(); }
  std::unique_ptr<WatchStream> WatchPods() {
    WatchOptions options;
    options.resource_version = std::to_string(server_.revision());
    return Await(client_.Watch(kPods, "", options, After(seconds(10)))).value();
  }
  static std::vector<std::string> Names(const base::Result<Events>& events) {
    std::vector<std::string> names;
    for (const WatchEvent& event : *events) names.push_back(IdentityOf(event.object)->name);
    return names;
  }

  asio::io_context io_;
  base::ManualClock clock_{io_};
  FakeKube server_{1, [this] { return clock_.WallNow(); }};
  ScriptedFaults faults_;
  FakeKubeClient client_{server_, io_.get_executor(), clock_, faults_};
  base::TaskGroup tasks_{io_.get_executor()};
};

TEST_F(FakeKubeClientTest, LatencyThenEffectBetweenTheTwoHalves) {
  faults_.request.latency = milliseconds(30);
  faults_.reply.latency = milliseconds(50);
  Outcome<std::string> outcome;
  Start(CreateMap(), outcome);

  clock_.Advance(milliseconds(29));
  EXPECT_FALSE(MapExists());
  clock_.Advance(milliseconds(1));
  EXPECT_TRUE(MapExists());
  clock_.Advance(milliseconds(49));
  EXPECT_FALSE(outcome);
  clock_.Advance(milliseconds(1));

  ASSERT_TRUE(outcome);
  EXPECT_TRUE(*outcome);
}

TEST_F(FakeKubeClientTest, EveryCallThenHookIsAskedBeforeAndAfter) {
  (void)Await(CreateMap());
  (void)Await(CreateMap());
  (void)Await(client_.Get(kConfigMaps, ObjectKey{"default", "map", ""}, After(seconds(1))));

  EXPECT_THAT(faults_.asked, ElementsAre("create configmaps ", "taken", "create configmaps ",
                                         "AlreadyExists", "get configmaps map", "taken"));
}

TEST_F(FakeKubeClientTest, ErrorInsteadOfTheEffectThenNothingHappened) {
  faults_.request.error = base::Error(ErrorCode::kThrottled, "slow down");

  const auto created = Await(CreateMap());

  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, ErrorCode::kThrottled);
  EXPECT_FALSE(MapExists());
}

TEST_F(FakeKubeClientTest, LostReplyThenErrorButItHappened) {
  faults_.reply.error = base::Error(ErrorCode::kUnavailable, "connection broke");

  const auto created = Await(CreateMap());

  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(MapExists());
}

TEST_F(FakeKubeClientTest, RequestOnItsWayForeverThenDeadlineWithoutEffect) {
  faults_.request.latency = kForever;

  const auto created = Await(CreateMap());

  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(clock_.Now().time_since_epoch(), seconds(10));
  EXPECT_FALSE(MapExists());
}

TEST_F(FakeKubeClientTest, ReplyOnItsWayForeverThenDeadlineWithEffect) {
  faults_.reply.latency = kForever;

  const auto created = Await(CreateMap());

  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_TRUE(MapExists());
}

TEST_F(FakeKubeClientTest, CancelledBeforeTheInstantThenNoEffect) {
  faults_.request.latency = milliseconds(30);
  Outcome<std::string> outcome;
  Start(CreateMap(), outcome);
  clock_.Advance(milliseconds(10));

  tasks_.Cancel();
  clock_.Advance(seconds(1));

  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->error().code, ErrorCode::kCancelled);
  EXPECT_FALSE(MapExists());
}

TEST_F(FakeKubeClientTest, CancelledAfterTheInstantThenEffect) {
  faults_.reply.latency = milliseconds(30);
  Outcome<std::string> outcome;
  Start(CreateMap(), outcome);
  clock_.Advance(milliseconds(10));

  tasks_.Cancel();
  clock_.Advance(seconds(1));

  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(MapExists());
}

TEST_F(FakeKubeClientTest, WatchThenNextWakesAtTheChange) {
  const auto stream = WatchPods();
  Outcome<Events> outcome;
  Start(stream->Next(After(seconds(60))), outcome);
  clock_.Advance(seconds(5));
  EXPECT_FALSE(outcome);

  CreateBoundPod(server_, "default", "a", "vk");
  clock_.Advance(seconds(0));

  ASSERT_TRUE(outcome);
  EXPECT_THAT(Names(*outcome), ElementsAre("a"));
  EXPECT_EQ((*outcome)->front().received, clock_.Now());
}

TEST_F(FakeKubeClientTest, LateEventThenThoseAfterItWaitForIt) {
  const auto stream = WatchPods();
  const base::TimePoint begin = clock_.Now();
  faults_.delivery.delay = milliseconds(40);
  CreateBoundPod(server_, "default", "a", "vk");
  CreateBoundPod(server_, "default", "b", "vk");

  const auto early = Await(stream->Next(After(milliseconds(20))));
  Outcome<Events> outcome;
  Start(stream->Next(After(seconds(1))), outcome);
  clock_.Advance(begin + milliseconds(40) - clock_.Now());

  EXPECT_EQ(early.error().code, ErrorCode::kDeadlineExceeded);
  ASSERT_TRUE(outcome);
  EXPECT_THAT(Names(*outcome), ElementsAre("a", "b"));
  EXPECT_EQ((**outcome)[1].received, begin + milliseconds(40));
}

TEST_F(FakeKubeClientTest, WatchBrokenByTheHookThenNextFailsAfterWhatHadCome) {
  const auto stream = WatchPods();
  CreateBoundPod(server_, "default", "a", "vk");
  faults_.delivery.broken = true;
  CreateBoundPod(server_, "default", "b", "vk");

  const auto first = Await(stream->Next(After(seconds(1))));
  const auto second = Await(stream->Next(After(seconds(1))));

  EXPECT_THAT(Names(first), ElementsAre("a"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
}

TEST_F(FakeKubeClientTest, WatchesBrokenThenNextFailsAndTheServerForgetsThem) {
  const auto stream = WatchPods();

  client_.BreakWatches();

  EXPECT_EQ(Await(stream->Next(After(seconds(1)))).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(server_.watch_count(), 0U);
}

TEST_F(FakeKubeClientTest, WatchOfCompactedVersionThenNextSaysExpired) {
  const std::string old = std::to_string(server_.revision());
  CreateBoundPod(server_, "default", "a", "vk");
  server_.Compact();
  WatchOptions options;
  options.resource_version = old;

  const auto stream = Await(client_.Watch(kPods, "", options, After(seconds(1))));

  ASSERT_TRUE(stream);
  EXPECT_TRUE(ResourceVersionExpired(Await((*stream)->Next(After(seconds(1)))).error()));
}

TEST_F(FakeKubeClientTest, StreamDestroyedThenTheServerForgetsIt) {
  auto stream = WatchPods();
  EXPECT_EQ(server_.watch_count(), 1U);

  stream.reset();

  EXPECT_EQ(server_.watch_count(), 0U);
}

TEST_F(FakeKubeClientTest, DetachedThenNothingHasAnEffect) {
  const auto stream = WatchPods();
  faults_.request.latency = milliseconds(30);
  Outcome<std::string> outcome;
  Start(CreateMap(), outcome);
  clock_.Advance(milliseconds(10));

  client_.Detach();
  clock_.Advance(seconds(1));
  CreateBoundPod(server_, "default", "a", "vk");

  EXPECT_EQ(server_.watch_count(), 0U);
  EXPECT_EQ(outcome->error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(MapExists());
  EXPECT_EQ(Await(stream->Next(After(seconds(1)))).error().code, ErrorCode::kUnavailable);
}

// A process that can die at any step.

struct KillableContext : asio::io_context {
  using execution_context::shutdown;
};

class Process {
 public:
  Process(FakeKube& server, FakeKubeFaults& faults)
      : context_(std::make_unique<KillableContext>()),
        clock_(std::make_unique<base::ManualClock>(*context_)),
        client_(
            std::make_unique<FakeKubeClient>(server, context_->get_executor(), *clock_, faults)),
        tasks_(std::make_unique<base::TaskGroup>(context_->get_executor())) {
    tasks_->Spawn("main", Main(*client_, *clock_, done_));
    tasks_->Spawn("watcher", Follow(*client_, *clock_));
  }

  // Runs one handler, or lets time pass when there is none.
  void Step() {
    context_->restart();
    if (context_->poll_one() == 0) clock_->Advance(milliseconds(1));
  }

  void Kill() {
    client_->Detach();
    context_->shutdown();
    tasks_.reset();
    client_.reset();
    clock_.reset();
    context_.reset();
  }

  bool done() const { return done_; }

 private:
  static asio::awaitable<void> Main(KubeApi& api, base::Clock& clock, bool& done) {
    const base::TimePoint end = clock.Now() + seconds(10);
    (void)co_await api.Create(kConfigMaps, ObjectKey{"default", "", ""}, NewConfigMap("map"), end);
    (void)co_await api.Delete(kPods, ObjectKey{"default", "a", ""}, DeleteOptions{}, end);
    (void)co_await api.List(kPods, "", ListOptions{}, end);
    done = true;
  }

  static asio::awaitable<void> Follow(KubeApi& api, base::Clock& clock) {
    WatchOptions options;
    options.send_initial_events = true;
    auto stream = co_await api.Watch(kPods, "", std::move(options), clock.Now() + seconds(10));
    while (stream) {
      const auto events = co_await (*stream)->Next(clock.Now() + milliseconds(5));
      if (!events && events.error().code != ErrorCode::kDeadlineExceeded) break;
    }
  }

  std::unique_ptr<KillableContext> context_;
  std::unique_ptr<base::ManualClock> clock_;
  std::unique_ptr<FakeKubeClient> client_;
  std::unique_ptr<base::TaskGroup> tasks_;
  bool done_ = false;
};

TEST(FakeKubeClientKillTest, KilledAtEveryStepThenServerLivesOnAndSomeRepliesWereLost) {
  int without_effect = 0;
  int reply_lost = 0;
  bool finished = false;
  for (int last = 0; !finished; ++last) {
    ASSERT_LT(last, 1000);
    FakeKube server(1, [] { return base::WallTime(seconds(1'700'000'000)); });
    CreateBoundPod(server, "default", "a", "vk");
    FakeKubeFaults faults;
    Process process(server, faults);
    for (int step = 0; step < last; ++step) process.Step();
    finished = process.done();
    const bool made = server.Get(kConfigMaps, ObjectKey{"default", "map", ""}).has_value();
    if (!made) ++without_effect;
    if (made && !finished) ++reply_lost;

    process.Kill();

    EXPECT_EQ(server.watch_count(), 0U);
    CreateBoundPod(server, "default", "b", "vk");
    ForceDeletePod(server, "default", "b");
  }
  EXPECT_GT(without_effect, 1);
  EXPECT_GT(reply_lost, 1);
}

}  // namespace
}  // namespace vk::kube
