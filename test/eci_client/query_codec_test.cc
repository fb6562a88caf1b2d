#include "eci_client/query_codec.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

#include "proto/eci/v1/container_group.pb.h"
#include "proto/eci/v1/data_cache.pb.h"
#include "proto/eci/v1/virtual_node.pb.h"
#include "proto/pvtz/v1/private_zone.pb.h"
#include "proto/sts/v1/sts.pb.h"

namespace vk::eci {
namespace {

using google::protobuf::util::MessageDifferencer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

template <class Message>
Message FromText(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

// What was read, or the error.
std::string Create(const QueryPairs& pairs) {
  v1::CreateContainerGroupRequest request;
  const auto stats = Unflatten(pairs, &request);
  return stats ? request.ShortDebugString() : stats.error().message;
}

TEST(QueryCodecTest, GoldenRequestIsSentWithTheCloudsNames) {
  const auto request = FromText<v1::CreateContainerGroupRequest>(
      ReadFile("test/data/eci/create_container_group.textproto"));
  std::string lines;
  for (const auto& [name, value] : Flatten(request)) lines += name + "=" + value + "\n";
  EXPECT_EQ(lines, ReadFile("test/data/eci/create_container_group.query"));
}

TEST(QueryCodecTest, ParametersAreReadInAnyOrder) {
  const auto request = FromText<v1::CreateContainerGroupRequest>(
      ReadFile("test/data/eci/create_container_group.textproto"));
  QueryPairs pairs = Flatten(request);
  std::ranges::reverse(pairs);

  v1::CreateContainerGroupRequest read;
  const auto stats = Unflatten(pairs, &read);

  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->unknown_parameters, 0u);
  EXPECT_TRUE(MessageDifferencer::Equals(read, request)) << read.DebugString();
}

TEST(QueryCodecTest, OddSpellingsAreSent) {
  v1::UpdateContainerGroupRequest update;
  auto* container = update.add_container();
  container->add_lifecycle_post_start_handler_http_get_http_headers()->set_name("a");
  container->add_lifecycle_pre_stop_handler_http_get_http_header()->set_name("b");
  EXPECT_THAT(
      Flatten(update),
      ElementsAre(Pair("Container.1.LifecyclePostStartHandlerHttpGetHttpHeaders.1.Name", "a"),
                  Pair("Container.1.LifecyclePreStopHandlerHttpGetHttpHeader.1.Name", "b")));
  v1::CreateVirtualNodeRequest node;
  node.set_cluster_dns("10.0.0.1");
  EXPECT_THAT(Flatten(node), ElementsAre(Pair("ClusterDNS", "10.0.0.1")));
  pvtz::v1::BindZoneVpcRequest bind;
  bind.add_vpcs()->set_vpc_id("vpc-1");
  EXPECT_THAT(Flatten(bind), ElementsAre(Pair("Vpcs.1.VpcId", "vpc-1")));
  sts::v1::AssumeRoleWithOIDCRequest assume;
  assume.set_oidc_provider_arn("a");
  assume.set_oidc_token("t");
  EXPECT_THAT(Flatten(assume), ElementsAre(Pair("OIDCProviderArn", "a"), Pair("OIDCToken", "t")));
}

TEST(QueryCodecTest, MapsAreReadInBothSpellings) {
  v1::CreateDataCacheRequest request;
  ASSERT_TRUE(Unflatten({{"DataSource.Options.url", "u"},
                         {"DataSource.Options.#3#k.e", "v"},
                         {"DataSource.Options.a.b", "w"}},
                        &request));
  const auto& options = request.data_source().options();
  EXPECT_EQ(options.size(), 3u);
  EXPECT_EQ(options.at("url"), "u");
  EXPECT_EQ(options.at("k.e"), "v");
  EXPECT_EQ(options.at("a.b"), "w");
}

TEST(QueryCodecTest, MapKeysAreSentSortedAndPlain) {
  v1::CreateDataCacheRequest request;
  auto& options = *request.mutable_data_source()->mutable_options();
  options["url"] = "u";
  options["#1#"] = "odd";
  options["accessToken"] = "t";
  EXPECT_THAT(Flatten(request), ElementsAre(Pair("DataSource.Options.#3##1#", "odd"),
                                            Pair("DataSource.Options.accessToken", "t"),
                                            Pair("DataSource.Options.url", "u")));
}

TEST(QueryCodecTest, HolesInListsCloseInOrder) {
  EXPECT_EQ(
      Create({{"Tag.10.Key", "c"}, {"Tag.9.Key", "b"}, {"Tag.2.Key", "a"}, {"NtpServer.7", "n"}}),
      R"(ntp_server: "n" tag { key: "a" } tag { key: "b" } tag { key: "c" })");
}

TEST(QueryCodecTest, UnknownParametersAreIgnoredAndCounted) {
  v1::CreateContainerGroupRequest request;
  const auto stats = Unflatten({{"OwnerId", "1"},
                                {"Container.1.New.1", "x"},
                                {"Container.1.Name", "c"},
                                {"", ""},
                                {"cpu", "1"}},
                               &request);
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->unknown_parameters, 4u);
  EXPECT_EQ(request.ShortDebugString(), R"(container { name: "c" })");
}

TEST(QueryCodecTest, BooleansComeInAnyCase) {
  EXPECT_EQ(Create({{"DryRun", "True"}, {"StrictSpot", "false"}}),
            "strict_spot: false dry_run: true");
}

TEST(QueryCodecTest, SameParameterTwiceNeedsOneValue) {
  EXPECT_EQ(Create({{"RegionId", "a"}, {"RegionId", "a"}}), R"(region_id: "a")");
  EXPECT_EQ(Create({{"RegionId", "a"}, {"RegionId", "b"}}),
            "parameter RegionId: comes twice, with two values");
}

TEST(QueryCodecTest, WrongValuesAreNamed) {
  EXPECT_EQ(Create({{"Container.2.Cpu", "much"}}),
            R"(parameter Container.2.Cpu: expected number, got "much")");
  EXPECT_EQ(Create({{"Container.1.Gpu", "1.5"}}),
            R"(parameter Container.1.Gpu: expected integer, got "1.5")");
  EXPECT_EQ(Create({{"EipBandwidth", "4294967296"}}),
            R"(parameter EipBandwidth: expected integer, got "4294967296")");
  for (const std::string value : {"", "nan", "inf", "1e99", "+1", " 1", "1 ", "0x1"}) {
    EXPECT_THAT(Create({{"Cpu", value}}), HasSubstr("parameter Cpu: expected number")) << value;
  }
  EXPECT_EQ(Create({{"DryRun", "1"}}), R"(parameter DryRun: expected boolean, got "1")");
  EXPECT_EQ(Create({{"RegionId", "\xFF"}}), "parameter RegionId: is not UTF-8");
}

TEST(QueryCodecTest, WrongShapesAreNamed) {
  for (const std::string name : {"Tag.0.Key", "Tag.-1.Key", "Tag.01.Key", "Tag.x.Key", "Tag..Key",
                                 "Tag", "Tag.10001.Key", "Tag.99999999999999999999.Key"}) {
    EXPECT_EQ(Create({{name, "v"}}),
              "parameter " + name + ": is a list, whose items have numbers from 1 to 10000");
  }
  EXPECT_EQ(Create({{"Tag.1", "v"}}), "parameter Tag.1: is an object, whose members need names");
  EXPECT_EQ(Create({{"RegionId.1", "v"}}), "parameter RegionId.1: has no members");
  v1::CreateDataCacheRequest request;
  for (const std::string name :
       {"DataSource.Options", "DataSource.Options.#3#long", "DataSource.Options.#x"}) {
    const auto stats = Unflatten({{name, "v"}}, &request);
    ASSERT_FALSE(stats) << name;
    EXPECT_EQ(stats.error().message, "parameter " + name + ": is a map, whose entries have keys");
  }
}

TEST(QueryCodecTest, ErrorsCarryTheCloudsCode) {
  v1::CreateContainerGroupRequest request;
  const auto stats = Unflatten({{"Cpu", "x"}}, &request);
  ASSERT_FALSE(stats);
  EXPECT_EQ(stats.error().code, base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(stats.error().cloud_code, "InvalidParameter");
}

TEST(QueryCodecTest, TooManyParametersAreRefused) {
  v1::CreateContainerGroupRequest request;
  QueryPairs pairs(kMaxParameters, {"Unknown", ""});
  EXPECT_TRUE(Unflatten(pairs, &request));
  pairs.emplace_back("Unknown", "");
  EXPECT_FALSE(Unflatten(pairs, &request));
}

TEST(QueryCodecTest, ReadingReplacesTheMessage) {
  v1::DeleteContainerGroupRequest request;
  request.set_force(true);
  ASSERT_TRUE(Unflatten({{"RegionId", "r"}}, &request));
  EXPECT_EQ(request.ShortDebugString(), R"(region_id: "r")");
}

}  // namespace
}  // namespace vk::eci
