// Each fault of the API server as a user meets it, see cloud_faults_test.cc. While it is away
// nothing can be told there: then its own node lifecycle controller shows the node as Unknown.

#include <gmock/gmock.h>

#include "provider/kube/testing/api_error.h"
#include "test/provider/agent/agent_world.h"

namespace vk::agent {
namespace {

using namespace std::chrono_literals;
using base::ErrorCode;
using testing::Contains;
using testing::StartsWith;

class KubeFaultsTest : public AgentWorld {
 protected:
  double Count(const std::string& metric) const {
    const std::string text = Metric(metric);
    return text.empty() ? 0 : std::stod(text);
  }
  // Cuts the objects of pods from here on: their names can still be read, their specs not.
  void GarblePods() {
    kube_.set_garble([](const kube::Resource& resource, std::string* object) {
      if (resource.plural != kube::kPods.plural) return;
      k8s::io::api::core::v1::Pod named;
      named.ParseFromString(*object);
      k8s::io::api::core::v1::Pod metadata;
      *metadata.mutable_metadata() = named.metadata();
      // Field 2, the spec, with a length that its content does not have.
      *object = metadata.SerializeAsString() + std::string("\x12\x03\x0a\x7f\x00", 5);
    });
  }
};

TEST_F(KubeFaultsTest, UnreadablePodOfAnEventIsReadWithTheListAMinuteLater) {
  Start();
  GarblePods();
  CreatePod("web");
  clock_.Advance(500ms);
  EXPECT_EQ(cloud_.groups().size(), 0u);
  EXPECT_GT(Count(R"(kube_watch_unreadable_objects_total{resource="pods"})"), 0);
  EXPECT_THAT(Events(kNode), Contains(StartsWith("UnreadablePod: ")));

  kube_.set_garble(nullptr);
  clock_.Advance(70s);

  EXPECT_EQ(Pod("web").status().phase(), "Running");
}

TEST_F(KubeFaultsTest, UnreadablePodOfAListKeepsItsGroup) {
  Start();
  CreatePod("web");
  clock_.Advance(10s);
  ASSERT_EQ(LivingGroups(), 1);

  GarblePods();
  kube_client_.BreakWatches();
  const auto changed =
      server_.Patch(kube::kPods, {.ns = "default", .name = "web", .subresource = {}},
                    kube::PatchType::kMerge, R"({"metadata": {"labels": {"a": "b"}}})");
  ASSERT_TRUE(changed) << changed.error().message;
  server_.Compact();
  clock_.Advance(5min);

  EXPECT_EQ(LivingGroups(), 1);
  EXPECT_THAT(Events(kNode), Contains(StartsWith("UnreadablePod: ")));

  kube_.set_garble(nullptr);
  clock_.Advance(15min);
  EXPECT_EQ(Pod("web").status().phase(), "Running");
  EXPECT_EQ(LivingGroups(), 1);
}

TEST_F(KubeFaultsTest, GarbageInPlaceOfObjectsStopsNothingForGood) {
  Start();
  CreatePod("old");
  clock_.Advance(10s);
  kube_.set_garble([](const kube::Resource&, std::string* object) { *object = "\xff\xff\xff"; });
  kube_client_.BreakWatches();
  CreatePod("new");
  clock_.Advance(5min);
  EXPECT_GT(Count(R"(kube_watch_unreadable_objects_total{resource="pods"})"), 0);
  EXPECT_GT(Count(R"(kube_watch_failures_total{resource="pods"})"), 0);
  EXPECT_EQ(LivingGroups(), 1);

  kube_.set_garble(nullptr);
  clock_.Advance(2min);

  EXPECT_EQ(Pod("new").status().phase(), "Running");
  EXPECT_EQ(Pod("old").status().phase(), "Running");
}

struct RefusalCase {
  const char* name;
  ErrorCode code;
};
class KubeRefusalTest : public KubeFaultsTest, public testing::WithParamInterface<RefusalCase> {};

TEST_P(KubeRefusalTest, ApiServerIsAwayForTheTimeAndGroupsLiveOn) {
  Start();
  CreatePod("old");
  clock_.Advance(10s);
  kube_faults_.error = base::Error(GetParam().code, "refused by the test");
  kube_client_.BreakWatches();
  CreatePod("new");
  clock_.Advance(10min);

  EXPECT_GT(Count(R"(kube_watch_failures_total{resource="pods"})"), 3);
  EXPECT_EQ(LivingGroups(), 1);

  kube_faults_.error.reset();
  clock_.Advance(2min);

  EXPECT_EQ(Pod("new").status().phase(), "Running");
  EXPECT_EQ(Pod("old").status().phase(), "Running");
  EXPECT_EQ(LivingGroups(), 2);
}

INSTANTIATE_TEST_SUITE_P(, KubeRefusalTest,
                         testing::Values(RefusalCase{"Away", ErrorCode::kUnavailable},
                                         RefusalCase{"Forbidden", ErrorCode::kPermissionDenied},
                                         RefusalCase{"KeyExpired", ErrorCode::kUnauthenticated},
                                         RefusalCase{"Garbage", ErrorCode::kInternal},
                                         RefusalCase{"Throttled", ErrorCode::kThrottled}),
                         [](const auto& info) { return info.param.name; });

struct FalseEndCase {
  const char* name;
  base::Error error;
};
class FalseEndTest : public KubeFaultsTest, public testing::WithParamInterface<FalseEndCase> {};

TEST_P(FalseEndTest, AnswerOfOneFaultyReplicaThatAPodIsGoneKeepsItsGroup) {
  Start();
  int struck = 0;
  kube_faults_.refuse = [&](const kube::KubeCall& call) -> std::optional<base::Error> {
    if (call.verb != "patch" || call.resource.plural != kube::kPods.plural || ++struck > 1)
      return {};
    return GetParam().error;
  };
  CreatePod("web");
  clock_.Advance(1min);

  EXPECT_GT(struck, 1);
  EXPECT_EQ(Pod("web").status().phase(), "Running");
  EXPECT_EQ(LivingGroups(), 1);
  EXPECT_EQ(cloud_.groups().size(), 1u);
}

base::Error BareNotFound() { return base::Error(ErrorCode::kNotFound, "404 page not found"); }
base::Error BareConflict() { return base::Error(ErrorCode::kConflict, "HTTP status 409"); }

INSTANTIATE_TEST_SUITE_P(
    , FalseEndTest,
    testing::Values(FalseEndCase{"BareNotFound", BareNotFound()},
                    FalseEndCase{"BareConflict", BareConflict()},
                    FalseEndCase{"StatusNotFound", kube::NotFound("pods", "web")},
                    FalseEndCase{"StatusConflict", kube::Conflict("pods", "web", "precondition")},
                    FalseEndCase{"OtherUid",
                                 kube::Invalid("Pod", "web", "metadata.uid", "is immutable")}),
    [](const auto& info) { return info.param.name; });

TEST_F(KubeFaultsTest, PodThatIsGoneIsLearntFromItsPatchWhileTheWatchSaysNothing) {
  Start();
  CreatePod("web");
  clock_.Advance(10s);
  ASSERT_EQ(LivingGroups(), 1);
  // Watches and lists fail from here on; everything else works.
  kube_faults_.refuse = [](const kube::KubeCall& call) -> std::optional<base::Error> {
    if (call.verb != "watch" && call.verb != "list") return {};
    return base::Error(ErrorCode::kUnavailable, "away");
  };
  kube_client_.BreakWatches();
  ASSERT_TRUE(server_.Delete(kube::kPods, {.ns = "default", .name = "web", .subresource = {}},
                             {.grace_period_seconds = 0, .uid = {}}));
  clock_.Advance(10s);
  EXPECT_EQ(LivingGroups(), 1);

  // Its group ends by itself, which is to be told.
  ASSERT_TRUE(cloud_.Fail(cloud_.groups().front().id, "Broken"));
  clock_.Advance(30s);

  EXPECT_EQ(agent_->pods()->records().size(), 0u);
}

TEST_F(KubeFaultsTest, HalfOpenConnectionsAreGivenUpAtTheirDeadlines) {
  Start();
  CreatePod("old");
  clock_.Advance(10s);
  kube_faults_.latency = kube::kForever;
  kube_client_.BreakWatches();
  CreatePod("new");
  clock_.Advance(10min);
  EXPECT_GT(Count(R"(kube_watch_failures_total{resource="pods"})"), 1);
  EXPECT_EQ(LivingGroups(), 1);

  kube_faults_.latency = 0ns;
  clock_.Advance(5min);

  EXPECT_EQ(Pod("new").status().phase(), "Running");
  EXPECT_EQ(LivingGroups(), 2);
}

TEST_F(KubeFaultsTest, WallClockThatJumpsChangesNothing) {
  Start();
  CreatePod("old");
  clock_.Advance(10s);
  for (const auto skew : {10min, -10min, 0min}) {
    agent_clock_.set_skew(skew);
    clock_.Advance(2min);
  }
  CreatePod("new");
  clock_.Advance(10s);

  EXPECT_EQ(Pod("new").status().phase(), "Running");
  EXPECT_EQ(Pod("old").status().phase(), "Running");
  EXPECT_EQ(LivingGroups(), 2);
  EXPECT_EQ(Condition("CloudReady"), "True CloudAnswers");
  EXPECT_THAT(Events(kNode), testing::IsEmpty());
}

}  // namespace
}  // namespace vk::agent
