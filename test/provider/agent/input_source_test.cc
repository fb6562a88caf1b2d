#include "provider/agent/input_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "proto/kubernetes/authentication/v1/authentication.pb.h"
#include "proto/kubernetes/core/v1/config.pb.h"
#include "proto/kubernetes/core/v1/pod.pb.h"
#include "proto/kubernetes/core/v1/service.pb.h"
#include "provider/kube/object_bytes.h"
#include "test/provider/agent/pods.h"
#include "test/provider/kube/kube_fixture.h"

namespace vk::agent {
namespace {

namespace core = k8s::io::api::core::v1;
using testing::ElementsAre;

std::string ServiceBytes(const std::string& name) {
  k8s::io::api::core::v1::Service service;
  service.mutable_metadata()->set_namespace_("default");
  service.mutable_metadata()->set_name(name);
  return kube::ToBytes(service);
}

class InputSourceTest : public kube::KubeTest {
 protected:
  InputSourceTest() {
    inputs_.BeginServices();
    inputs_.UpsertService(ServiceBytes("a"));
    inputs_.UpsertService(ServiceBytes("b"));
    inputs_.EndServices(true);
  }

  std::vector<std::string> Services() {
    const auto fetched =
        Await(inputs_.Fetch(*MakePodSnapshot(PodBytes({})), {}, clock_.Now())).value();
    std::vector<std::string> names;
    for (const auto* const service : fetched.inputs.services) {
      names.push_back(service->metadata().name());
    }
    return names;
  }

  InputSource inputs_{api_, clock_, log_, tasks_, io_.get_executor()};
};

TEST_F(InputSourceTest, ServiceThatACompleteListDoesNotNameIsGone) {
  inputs_.BeginServices();
  inputs_.UpsertService(ServiceBytes("b"));
  inputs_.EndServices(true);

  EXPECT_THAT(Services(), ElementsAre("b"));
}

TEST_F(InputSourceTest, IncompleteListDropsNoService) {
  inputs_.BeginServices();
  inputs_.UpsertService(ServiceBytes("b"));
  inputs_.EndServices(false);

  EXPECT_THAT(Services(), ElementsAre("a", "b"));
}

// An agent may wait for 64 objects at a time: without a pause they keep a core and the server busy.
TEST_F(InputSourceTest, WatchThatTheServerEndsAtOnceIsOpenedAgainOnceASecond) {
  faults_.watch_limit = std::chrono::milliseconds(1);
  inputs_.set_on_arrival([](const std::string&) {});
  const auto pod = *MakePodSnapshot(PodBytes({}));

  inputs_.WaitFor(*pod, {{.kind = translate::ObjectReference::Kind::kSecret, .name = "late"}});
  clock_.Advance(std::chrono::seconds(10));

  const auto watches = std::ranges::count(faults_.calls, "watch secrets");
  EXPECT_GE(watches, 9);
  EXPECT_LE(watches, 11);
  inputs_.StopWaiting(pod->uid);
  clock_.Advance(std::chrono::seconds(10));
}

TEST_F(InputSourceTest, ThrottledWatchWaitsAsLongAsTheServerAsks) {
  faults_.error = base::Error(base::ErrorCode::kThrottled, "too many requests");
  faults_.error->retry_after = std::chrono::seconds(30);
  inputs_.set_on_arrival([](const std::string&) {});
  const auto pod = *MakePodSnapshot(PodBytes({}));

  inputs_.WaitFor(*pod, {{.kind = translate::ObjectReference::Kind::kSecret, .name = "late"}});
  clock_.Advance(std::chrono::seconds(65));

  EXPECT_EQ(std::ranges::count(faults_.calls, "watch secrets"), 3);
  inputs_.StopWaiting(pod->uid);
  clock_.Advance(std::chrono::minutes(1));
}

class KeptInputTest : public InputSourceTest {
 protected:
  KeptInputTest() { Write("one"); }

  void Write(const std::string& value) {
    core::ConfigMap map;
    map.mutable_metadata()->set_name("settings");
    map.mutable_metadata()->set_namespace_("default");
    (*map.mutable_data())["key"] = value;
    const kube::ObjectKey key{"default", "settings", ""};
    if (server_.Get(kube::kConfigMaps, key)) {
      EXPECT_TRUE(server_.Delete(kube::kConfigMaps, key, {}));
    }
    EXPECT_TRUE(server_.Create(kube::kConfigMaps, key, kube::ToBytes(map)));
  }

  // What a pod reads that was first seen at `seen`.
  std::string Read(base::TimePoint seen) {
    const auto fetched = Await(inputs_.Fetch(
        *MakePodSnapshot(PodBytes({})),
        {.objects = {{.kind = translate::ObjectReference::Kind::kConfigMap, .name = "settings"}}},
        seen));
    return fetched.value().inputs.config_maps.at("settings")->data().at("key");
  }
  std::ptrdiff_t Reads() const { return std::ranges::count(faults_.calls, "get configmaps"); }
};

TEST_F(KeptInputTest, PodsThatWereThereBeforeItWasReadShareAnObjectForASecond) {
  const base::TimePoint seen = clock_.Now();
  for (int i = 0; i < 20; ++i) {
    Read(seen);
    clock_.Advance(std::chrono::milliseconds(50));
  }

  EXPECT_EQ(Reads(), 1);
}

TEST_F(KeptInputTest, PodThatCameAfterItWasReadReadsItAgain) {
  Read(clock_.Now());
  clock_.Advance(std::chrono::milliseconds(1));
  Write("two");

  EXPECT_EQ(Read(clock_.Now()), "two");
}

TEST_F(KeptInputTest, ObjectIsReadAgainAfterASecond) {
  const base::TimePoint seen = clock_.Now();
  Read(seen);
  Write("two");
  clock_.Advance(std::chrono::milliseconds(1100));

  EXPECT_EQ(Read(seen), "two");
}

// A pod that waits for a key of it would see the old object otherwise, and hear of the new one no
// more.
TEST_F(KeptInputTest, ObjectThatChangedForAPodThatWaitsForItIsReadAgain) {
  const base::TimePoint seen = clock_.Now();
  std::vector<std::string> read;
  inputs_.set_on_arrival([](const std::string&) {});
  const auto pod = *MakePodSnapshot(PodBytes({}));
  inputs_.WaitFor(*pod,
                  {{.kind = translate::ObjectReference::Kind::kConfigMap, .name = "settings"}});
  clock_.Advance(std::chrono::milliseconds(100));
  Read(seen);

  Write("two");
  clock_.Advance(std::chrono::milliseconds(10));

  EXPECT_EQ(Read(seen), "two");
  inputs_.StopWaiting(pod->uid);
  clock_.Advance(std::chrono::seconds(10));
}

class TokenTest : public InputSourceTest {
 protected:
  TokenTest() {
    core::ServiceAccount account;
    account.mutable_metadata()->set_name("robot");
    EXPECT_TRUE(
        server_.Create(kube::kServiceAccounts, {"default", "robot", ""}, kube::ToBytes(account)));
  }

  // What is fetched for a pod with one token.
  FetchedInputs Fetch(translate::TokenReference token,
                      std::optional<std::int64_t> deadline = std::nullopt) {
    core::Pod pod;
    pod.mutable_metadata()->set_name("web");
    pod.mutable_metadata()->set_namespace_("default");
    pod.mutable_spec()->set_nodename("vk");
    pod.mutable_spec()->set_serviceaccountname("robot");
    pod.mutable_spec()->add_containers()->set_name("main");
    if (deadline) pod.mutable_spec()->set_activedeadlineseconds(*deadline);
    const auto stored =
        server_.Create(kube::kPods, {"default", "web", ""}, kube::ToBytes(pod)).value();
    token.volume = "v";
    token.service_account = "robot";
    return Await(inputs_.Fetch(*MakePodSnapshot(stored), {.tokens = {std::move(token)}},
                               clock_.Now()))
        .value();
  }
  // The times of the tokens that were asked for.
  std::vector<std::int64_t> Asked() const {
    std::vector<std::int64_t> times;
    for (std::size_t i = 0; i < faults_.calls.size(); ++i) {
      if (faults_.calls[i] != "create serviceaccounts") continue;
      k8s::io::api::authentication::v1::TokenRequest request;
      EXPECT_TRUE(request.ParseFromString(faults_.bodies[i]));
      times.push_back(request.spec().expirationseconds());
    }
    return times;
  }
};

TEST_F(TokenTest, HourThatTheServerMakesAYearIsAskedForOnceAndNotWarnedOf) {
  const FetchedInputs fetched = Fetch({.audience = "", .expiration_seconds = 3607});

  EXPECT_THAT(Asked(), ElementsAre(3607));
  EXPECT_EQ(fetched.inputs.tokens.size(), 1u);
  EXPECT_THAT(fetched.notices, testing::IsEmpty());
}

TEST_F(TokenTest, HourThatStaysAnHourIsAskedForAsADayAndItsEndIsTold) {
  server_.ExtendTokens(false);

  const FetchedInputs fetched = Fetch({.audience = "", .expiration_seconds = 3607});

  EXPECT_THAT(Asked(), ElementsAre(3607, 86400));
  ASSERT_EQ(fetched.notices.size(), 1u);
  EXPECT_EQ(fetched.notices[0].reason, "TokenNotRenewed");
  EXPECT_TRUE(fetched.notices[0].warning);
  // The clock of this test begins at 2019-11-16T10:26:40Z.
  EXPECT_THAT(fetched.notices[0].message, testing::HasSubstr("ends at 2019-11-17T10:26:4"));
}

TEST_F(TokenTest, TokenOfAnotherAudienceIsAskedForAsThePodHasIt) {
  const FetchedInputs fetched = Fetch({.audience = "vault", .expiration_seconds = 3607});

  EXPECT_THAT(Asked(), ElementsAre(3607));
  ASSERT_EQ(fetched.notices.size(), 1u);
  EXPECT_THAT(fetched.notices[0].message, testing::HasSubstr("for the audience \"vault\""));
  EXPECT_THAT(fetched.notices[0].message, testing::HasSubstr("ends at 2019-11-16T11:26:4"));
}

TEST_F(TokenTest, PodThatEndsBeforeItsTokenIsNotWarned) {
  const FetchedInputs fetched = Fetch({.audience = "vault", .expiration_seconds = 3607}, 3000);

  EXPECT_THAT(Asked(), ElementsAre(3607));
  EXPECT_THAT(fetched.notices, testing::IsEmpty());
}

}  // namespace
}  // namespace vk::agent
