#include "tools/ecictl/eci_command.h"

#include <gmock/gmock.h>
#include <google/protobuf/message.h>

#include "eci_client/query_codec.h"
#include "test/tools/fake_eci/server_fixture.h"

namespace vk::ecictl {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

const eci::Environment kKeys = {{"ECI_ACCESS_KEY", "test-key"}, {"ECI_SECRET_KEY", "test-secret"}};

eci::Environment With(eci::Environment more) {
  more.insert(kKeys.begin(), kKeys.end());
  return more;
}

std::string Problem(const EciCommandLine& line, const eci::Environment& environment = kKeys) {
  const auto call = PrepareEciCall(line, environment);
  if (call) return "";
  EXPECT_EQ(call.error().code, base::ErrorCode::kInvalidArgument);
  return call.error().message;
}

TEST(PrepareEciCallTest, FillsTheRequestFromFlattenedKeys) {
  const auto call = PrepareEciCall({.action = "DescribeContainerGroups",
                                    .parameters = {"RegionId=cn-hangzhou", "Tag.1.Key=a",
                                                   "Tag.1.Value=b=c", "ContainerGroupName="},
                                    .endpoint = "http://127.0.0.1:1"},
                                   kKeys);

  ASSERT_TRUE(call) << call.error().message;
  EXPECT_EQ(call->endpoint, "http://127.0.0.1:1");
  EXPECT_EQ(call->credentials.access_key_id, "test-key");
  EXPECT_THAT(eci::Flatten(*call->request),
              ElementsAre(Pair("RegionId", "cn-hangzhou"), Pair("ContainerGroupName", ""),
                          Pair("Tag.1.Key", "a"), Pair("Tag.1.Value", "b=c")));
}

TEST(PrepareEciCallTest, EndpointAndRegionComeFromTheEnvironmentUnlessGiven) {
  const auto endpoint_of = [](const EciCommandLine& line, const eci::Environment& environment) {
    const auto call = PrepareEciCall(line, environment);
    return call ? call->endpoint : call.error().message;
  };
  const EciCommandLine line{.action = "ListUsage"};
  const EciCommandLine with_region{.action = "ListUsage", .parameters = {"RegionId=cn-beijing"}};

  EXPECT_EQ(endpoint_of(line, With({{"ECI_ENDPOINT", "http://a:1"}, {"ECI_REGION", "x"}})),
            "http://a:1");
  EXPECT_EQ(endpoint_of(line, With({{"ECI_REGION", "cn-hangzhou"}})),
            "https://eci.cn-hangzhou.aliyuncs.com");
  EXPECT_EQ(endpoint_of(with_region, With({{"ECI_REGION", "cn-hangzhou"}})),
            "https://eci.cn-beijing.aliyuncs.com");
  EXPECT_THAT(endpoint_of(line, kKeys), HasSubstr("--endpoint"));
  const auto call = PrepareEciCall(line, With({{"ECI_REGION", "cn-hangzhou"}}));
  EXPECT_THAT(eci::Flatten(*call->request), ElementsAre(Pair("RegionId", "cn-hangzhou")));
}

TEST(PrepareEciCallTest, UnknownActionIsToldWithItsNeighbours) {
  EXPECT_THAT(Problem({.action = "CreateContainerGroups"}),
              HasSubstr("did you mean CreateContainerGroup"));
  EXPECT_THAT(Problem({.action = "MakeCoffee"}), HasSubstr("ecictl eci --help"));
}

TEST(PrepareEciCallTest, EveryWrongParameterIsTold) {
  const std::string problem = Problem(
      {.action = "DescribeContainerLog",
       .parameters = {"RegionID=cn-hangzhou", "Colour=red", "Tail=many", "Timestamps", "=x"},
       .endpoint = "http://127.0.0.1:1"});

  EXPECT_THAT(problem, AllOf(HasSubstr("no parameter RegionID; did you mean RegionId?"),
                             HasSubstr("no parameter Colour; it takes RegionId, ContainerGroupId"),
                             HasSubstr("\"=x\" names no parameter; write KEY=VALUE"),
                             HasSubstr("Tail: expected integer, got \"many\""),
                             HasSubstr("\"Timestamps\" is no parameter; write KEY=VALUE")));
}

TEST(PrepareEciCallTest, UnknownMemberOfAParameterIsTold) {
  EXPECT_THAT(Problem({.action = "CreateContainerGroup",
                       .parameters = {"RegionId=cn-hangzhou", "Container.1.Colour=red"}}),
              HasSubstr("no parameter Container.1.Colour"));
}

TEST(PrepareEciCallTest, OneParameterTwiceIsTold) {
  EXPECT_THAT(Problem({.action = "ListUsage", .parameters = {"RegionId=a", "RegionId=b"}}),
              HasSubstr("RegionId: comes twice"));
}

TEST(PrepareEciCallTest, MissingCredentialsAreTold) {
  EXPECT_THAT(Problem({.action = "ListUsage", .parameters = {"RegionId=a"}}, {}),
              HasSubstr("ECI_ACCESS_KEY"));
}

class SendEciCallTest : public fake::FakeServerTest {
 protected:
  base::Result<std::string> Send(const std::string& action, std::vector<std::string> parameters,
                                 const std::string& secret = "test-secret") {
    auto call = PrepareEciCall(
        {.action = action, .parameters = std::move(parameters), .endpoint = server_->url()},
        {{"ECI_ACCESS_KEY", "test-key"}, {"ECI_SECRET_KEY", secret}});
    if (!call) return std::unexpected(call.error());
    return Await(SendEciCall(std::move(*call), io_.get_executor(), clock_, random_));
  }
};

TEST_F(SendEciCallTest, ReplyIsALineOfJson) {
  const auto created =
      Send("CreateContainerGroup",
           {"RegionId=cn-hangzhou", "ContainerGroupName=web", "Container.1.Name=main",
            "Container.1.Image=app:1", "Tag.1.Key=a", "Tag.1.Value=b"});
  ASSERT_TRUE(created) << created.error().message;

  const auto listed =
      Send("DescribeContainerGroups", {"RegionId=cn-hangzhou", "Tag.1.Key=a", "Tag.1.Value=b"});
  const auto none =
      Send("DescribeContainerGroups", {"RegionId=cn-hangzhou", "Tag.1.Key=a", "Tag.1.Value=c"});

  ASSERT_TRUE(listed && none);
  EXPECT_THAT(*listed,
              AllOf(HasSubstr("\"ContainerGroupName\":\"web\""), testing::EndsWith("}\n")));
  EXPECT_THAT(*none, AllOf(HasSubstr("\"ContainerGroups\":[]"), Not(HasSubstr("web"))));
}

TEST_F(SendEciCallTest, ZonesAreCalledByTheirOwnVersion) {
  const auto reply = Send("AddZone", {"ZoneName=svc.test"});

  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_THAT(*reply, HasSubstr("\"ZoneName\":\"svc.test\""));
}

TEST_F(SendEciCallTest, RefusalHasTheCloudsWords) {
  const auto refused = Send("DescribeRegions", {}, "wrong");

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().cloud_code, "SignatureDoesNotMatch");
  EXPECT_EQ(refused.error().request_id.size(), 36u);
  EXPECT_THAT(refused.error().message, HasSubstr("DescribeRegions"));
}

TEST_F(SendEciCallTest, ActionThatTheFakeLacksIsRefusedByTheCloud) {
  const auto refused = Send("CreateDataCache", {"RegionId=cn-hangzhou"});

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().cloud_code, "InvalidAction.NotFound");
}

}  // namespace
}  // namespace vk::ecictl
