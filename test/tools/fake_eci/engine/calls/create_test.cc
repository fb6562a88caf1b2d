#include <gmock/gmock.h>

#include <functional>
#include <string>

#include "test/tools/fake_eci/engine/cloud_fixture.h"

namespace vk::fake {
namespace {

using namespace std::chrono_literals;
using eci::v1::CreateContainerGroupRequest;
using testing::HasSubstr;

class CreateTest : public CloudTest {};

TEST_F(CreateTest, ContainersAreSummedAndRounded) {
  auto request = Request();
  request.mutable_container(0)->set_cpu(1);
  request.mutable_container(0)->set_memory(2);
  auto* second = request.add_container();
  second->set_name("sidecar");
  second->set_image("registry.example/sidecar:1");
  second->set_cpu(0.5);
  second->set_memory(1);

  const auto group = Describe(CreateId(request));

  EXPECT_EQ(group.cpu(), 2);
  EXPECT_EQ(group.memory(), 4);
}

TEST_F(CreateTest, IgnoredContainerDoesNotCount) {
  auto request = Request();
  request.mutable_container(0)->set_cpu(4);
  request.mutable_container(0)->set_memory(8);
  auto* second = request.add_container();
  *second = request.container(0);
  second->set_name("sidecar");
  SetEnv(second, "__ECI_RESOURCE_IGNORE__", "TRUE");

  EXPECT_EQ(Describe(CreateId(request)).cpu(), 4);
}

TEST_F(CreateTest, NothingAskedForGivesTwoAndFour) {
  const auto group = Describe(CreateId(Request()));

  EXPECT_EQ(group.cpu(), 2);
  EXPECT_EQ(group.memory(), 4);
}

TEST_F(CreateTest, SameTokenAndRequestGiveTheSameGroup) {
  auto request = Request();
  request.set_client_token("token");

  const std::string first = CreateId(request);
  const std::string second = CreateId(request);

  EXPECT_EQ(first, second);
  EXPECT_EQ(cloud_.groups().size(), 1u);
}

TEST_F(CreateTest, SameTokenWithAnotherRequestIsAMismatch) {
  auto request = Request("web");
  request.set_client_token("token");
  CreateId(request);
  request.set_container_group_name("other");

  const auto reply = Create(request);

  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().cloud_code, "IdempotentParameterMismatch");
  EXPECT_EQ(reply.error().code, base::ErrorCode::kAlreadyExists);
}

TEST_F(CreateTest, ForgottenTokenMakesAnotherGroup) {
  cloud_.SetTokenLifetime(1h);
  auto request = Request();
  request.set_client_token("token");
  const std::string first = CreateId(request);

  Advance(1h);

  EXPECT_NE(CreateId(request), first);
}

TEST_F(CreateTest, RefusedRequestDoesNotUseItsTokenUp) {
  cloud_.stock().Set({"", ""}, 0);
  auto request = Request();
  request.set_client_token("token");
  ASSERT_EQ(CodeOf(Create(request)), "OperationDenied.NoStock");
  cloud_.stock().Clear();

  EXPECT_EQ(CodeOf(Create(request)), "OK");
}

TEST_F(CreateTest, DryRunAnswersAnErrorAndMakesNothing) {
  auto request = Request();
  request.set_dry_run(true);

  EXPECT_EQ(CodeOf(Create(request)), "DryRunOperation");
  EXPECT_TRUE(cloud_.groups().empty());
}

TEST_F(CreateTest, ShortageIsRefusedAtOnceByDefault) {
  cloud_.stock().Set({"cn-hangzhou-h", "2-4"}, 1);
  CreateId(Request("first"));

  const auto second = Create(Request("second"));

  EXPECT_EQ(CodeOf(second), "OperationDenied.NoStock");
  EXPECT_EQ(second.error().code, base::ErrorCode::kNoCapacity);
}

TEST_F(CreateTest, AsynchronousShortageEndsInScheduleFailed) {
  cloud_.behaviours().no_stock_is_asynchronous = true;
  cloud_.stock().Set({"", ""}, 0);

  const std::string id = CreateId(Request());
  Advance(0s);

  EXPECT_EQ(StatusOf(id), "ScheduleFailed");
  EXPECT_EQ(Describe(id).events(0).reason(), "NoStock");
  Advance(24h);
  EXPECT_EQ(StatusOf(id), "");
}

TEST_F(CreateTest, EndedGroupReturnsItsStock) {
  cloud_.stock().Set({"", ""}, 1);
  const std::string id = CreateId(Request("first"));
  Advance(0s);
  ASSERT_EQ(CodeOf(Create(Request("second"))), "OperationDenied.NoStock");

  ASSERT_TRUE(Delete(id));
  Advance(0s);

  EXPECT_EQ(CodeOf(Create(Request("second"))), "OK");
}

TEST_F(CreateTest, VSwitchWithoutAddressesIsRefused) {
  VSwitch small;
  small.id = "vsw-small";
  small.zone = "cn-hangzhou-h";
  small.addresses = 1;
  cloud_.AddVSwitch(small);
  auto request = Request();
  request.set_v_switch_id("vsw-small");
  CreateId(request);

  EXPECT_EQ(CodeOf(Create(request)), "InvalidVSwitchId.IpNotEnough");
}

TEST_F(CreateTest, NextVSwitchIsTakenWhenTheFirstIsFull) {
  for (const char* id : {"vsw-a", "vsw-b"}) {
    VSwitch vswitch;
    vswitch.id = id;
    vswitch.zone = "cn-hangzhou-i";
    vswitch.addresses = 1;
    cloud_.AddVSwitch(vswitch);
  }
  auto request = Request();
  request.set_v_switch_id("vsw-a,vsw-b");

  EXPECT_EQ(Describe(CreateId(request)).v_switch_id(), "vsw-a");
  EXPECT_EQ(Describe(CreateId(request)).v_switch_id(), "vsw-b");
}

TEST_F(CreateTest, UnknownVSwitchIsMadeInTheZoneAskedFor) {
  auto request = Request();
  request.set_v_switch_id("vsw-new");
  request.set_zone_id("cn-hangzhou-j");
  EXPECT_EQ(Describe(CreateId(request)).zone_id(), "cn-hangzhou-j");

  request.set_zone_id("cn-hangzhou-h");
  EXPECT_EQ(CodeOf(Create(request)), "OperationDenied.VswZoneMisMatch");
}

TEST_F(CreateTest, QuotaOfCpusCountsWhatHasNotEnded) {
  cloud_.quotas().cpu = 3;
  const std::string id = CreateId(Request());
  EXPECT_EQ(CodeOf(Create(Request())), "QuotaExceeded");

  ASSERT_TRUE(Delete(id));
  Advance(0s);

  EXPECT_EQ(CodeOf(Create(Request())), "OK");
}

TEST_F(CreateTest, RegistryPasswordIsNotKept) {
  auto request = Request();
  auto* credential = request.add_image_registry_credential();
  credential->set_server("registry.example");
  credential->set_user_name("user");
  credential->set_password("secret-word");

  const auto group = Describe(CreateId(request));

  EXPECT_THAT(group.SerializeAsString(), testing::Not(HasSubstr("secret-word")));
}

struct BadRequest {
  std::string name;
  std::function<void(CreateContainerGroupRequest&)> break_it;
  std::string code;
  std::string mentions;
};

class BadCreateTest : public CloudTest, public testing::WithParamInterface<BadRequest> {};

TEST_P(BadCreateTest, IsRefusedNamingTheParameter) {
  auto request = Request();
  GetParam().break_it(request);

  const auto reply = Create(request);

  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().cloud_code, GetParam().code);
  EXPECT_THAT(reply.error().message, HasSubstr(GetParam().mentions));
  EXPECT_TRUE(cloud_.groups().empty());
}

using R = CreateContainerGroupRequest;

INSTANTIATE_TEST_SUITE_P(
    Parameters, BadCreateTest,
    testing::Values(
        BadRequest{"NoRegion", [](R& r) { r.clear_region_id(); }, "MissingParameter", "RegionId"},
        BadRequest{"NoName", [](R& r) { r.clear_container_group_name(); }, "MissingParameter",
                   "ContainerGroupName"},
        BadRequest{"UpperCaseName", [](R& r) { r.set_container_group_name("Web"); },
                   "InvalidParameter", "ContainerGroupName"},
        BadRequest{"NoContainer", [](R& r) { r.clear_container(); }, "MissingParameter",
                   "Container"},
        BadRequest{"NoImage", [](R& r) { r.mutable_container(0)->clear_image(); },
                   "MissingParameter", "Container.1.Image"},
        BadRequest{"SameNameTwice", [](R& r) { *r.add_container() = R(r).container(0); },
                   "InvalidParameter.DuplicatedName", "duplicate"},
        BadRequest{"SameVolumeTwice",
                   [](R& r) {
                     for (int i = 0; i < 2; ++i) {
                       r.add_volume()->set_name("v");
                       r.mutable_volume(i)->set_type("EmptyDirVolume");
                     }
                   },
                   "InvalidParameter.DuplicatedVolumeName", "duplicate"},
        BadRequest{"TooManyTags",
                   [](R& r) {
                     for (int i = 0; i < 21; ++i) r.add_tag()->set_key("k" + std::to_string(i));
                   },
                   "NumberExceed.Tags", "20"},
        BadRequest{"ReservedTag", [](R& r) { r.add_tag()->set_key("acs:x"); }, "InvalidParameter",
                   "Tag.Key"},
        BadRequest{"TooManyContainers",
                   [](R& r) {
                     for (int i = 0; i < 20; ++i) {
                       *r.add_container() = R(r).container(0);
                       r.mutable_container(i + 1)->set_name("c" + std::to_string(i));
                     }
                   },
                   "InvalidParameter.ValueExceeded", "20"},
        BadRequest{"BadEnvironmentKey",
                   [](R& r) { r.mutable_container(0)->add_environment_var()->set_key("1A"); },
                   "InvalidParameter", "EnvironmentVar.Key"},
        BadRequest{"ClosedFieldPath",
                   [](R& r) {
                     auto* entry = r.mutable_container(0)->add_environment_var();
                     entry->set_key("A");
                     entry->mutable_field_ref()->set_field_path("spec.nodeName");
                   },
                   "InvalidParameter", "status.podIP"},
        BadRequest{"LargeFile",
                   [](R& r) {
                     auto* volume = r.add_volume();
                     volume->set_name("v");
                     volume->set_type("ConfigFileVolume");
                     auto* file = volume->mutable_config_file_volume()->add_config_file_to_path();
                     file->set_path("big");
                     file->set_content(std::string(44'000, 'A'));
                   },
                   "InvalidParameter.LengthExceeded", "big"},
        BadRequest{"MountWithoutVolume",
                   [](R& r) {
                     auto* mount = r.mutable_container(0)->add_volume_mount();
                     mount->set_name("nowhere");
                     mount->set_mount_path("/x");
                   },
                   "InvalidParameter", "nowhere"},
        BadRequest{"ProbeWithTwoHandlers",
                   [](R& r) {
                     auto* probe = r.mutable_container(0)->mutable_liveness_probe();
                     probe->mutable_exec()->add_command("true");
                     probe->mutable_tcp_socket()->set_port(80);
                   },
                   "InvalidParameter", "LivenessProbe"},
        BadRequest{"UnknownRestartPolicy", [](R& r) { r.set_restart_policy("Sometimes"); },
                   "InvalidParameter", "RestartPolicy"},
        BadRequest{"CpuWithoutMemory", [](R& r) { r.set_cpu(2); }, "InvalidParameter.CPU.Memory",
                   "Memory"},
        BadRequest{"TooLarge",
                   [](R& r) {
                     r.set_cpu(65);
                     r.set_memory(1);
                   },
                   "InvalidParameter.CPU.Memory", "not allowed"},
        BadRequest{"SpotWithoutPrice", [](R& r) { r.set_spot_strategy("SpotWithPriceLimit"); },
                   "MissingParameter", "SpotPriceLimit"},
        BadRequest{"LongToken", [](R& r) { r.set_client_token(std::string(65, 'x')); },
                   "InvalidParameter", "ClientToken"},
        BadRequest{"MalformedVSwitch", [](R& r) { r.set_v_switch_id("subnet-1"); },
                   "InvalidParameter", "VSwitchId"},
        BadRequest{"UnknownImageCache", [](R& r) { r.set_image_snapshot_id("imc-none"); },
                   "ImageSnapshot.NotFound", "image cache"}),
    [](const auto& row) { return row.param.name; });

TEST(LimitsTest, DocumentedLimitsAreStricterThanObservedOnes) {
  boost::asio::io_context io{1};
  base::ManualClock clock{io};
  CreateContainerGroupRequest request;
  request.set_region_id("cn-hangzhou");
  request.set_container_group_name("web");
  auto* container = request.add_container();
  container->set_name("main");
  container->set_image("registry.example/app:1");
  auto* entry = container->add_environment_var();
  entry->set_key("LONG");
  entry->set_value(std::string(257, 'x'));
  eci::v1::CreateContainerGroupResponse reply;
  CloudOptions strict;
  strict.behaviours.limits = LimitsSource::kDocumented;
  Cloud documented(strict, clock, base::Random(1));
  Cloud observed({}, clock, base::Random(1));

  EXPECT_FALSE(documented.Call("k", "CreateContainerGroup", request, &reply).status);
  EXPECT_TRUE(observed.Call("k", "CreateContainerGroup", request, &reply).status);
}

}  // namespace
}  // namespace vk::fake
