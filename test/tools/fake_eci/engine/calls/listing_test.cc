#include <gmock/gmock.h>

#include <set>

#include "test/tools/fake_eci/engine/cloud_fixture.h"

namespace vk::fake {
namespace {

using namespace std::chrono_literals;

class ListingTest : public CloudTest {
 protected:
  std::string CreateTagged(const std::string& name, const std::string& key,
                           const std::string& value) {
    auto request = Request(name);
    auto* tag = request.add_tag();
    tag->set_key(key);
    tag->set_value(value);
    return CreateId(request);
  }
};

TEST_F(ListingTest, PagesOfTwentyCoverEveryGroupOnce) {
  for (int i = 0; i < 45; ++i) CreateId(Request());
  std::multiset<std::string> seen;
  eci::v1::DescribeContainerGroupsRequest request;
  int pages = 0;
  do {
    const auto reply = List(request);
    EXPECT_EQ(reply.total_count(), 45);
    for (const auto& group : reply.container_groups()) seen.insert(group.container_group_id());
    request.set_next_token(reply.next_token());
    ++pages;
  } while (!request.next_token().empty());

  EXPECT_EQ(pages, 3);
  EXPECT_EQ(seen.size(), 45u);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 45u);
}

TEST_F(ListingTest, GroupMadeBetweenPagesHidesNone) {
  for (int i = 0; i < 21; ++i) CreateId(Request());
  eci::v1::DescribeContainerGroupsRequest request;
  const auto first = List(request);
  CreateId(Request());

  request.set_next_token(first.next_token());

  EXPECT_EQ(List(request).container_groups_size(), 2);
}

TEST_F(ListingTest, AllTagsOfAFilterMustMatch) {
  const std::string ours = CreateTagged("ours", "cluster", "a");
  CreateTagged("others", "cluster", "b");
  eci::v1::DescribeContainerGroupsRequest request;
  auto* tag = request.add_tag();
  tag->set_key("cluster");
  tag->set_value("a");

  const auto reply = List(request);

  ASSERT_EQ(reply.container_groups_size(), 1);
  EXPECT_EQ(reply.container_groups(0).container_group_id(), ours);
}

TEST_F(ListingTest, MoreThanTenTagsDoNotFilter) {
  eci::v1::DescribeContainerGroupsRequest request;
  request.set_region_id("cn-hangzhou");
  for (int i = 0; i < 11; ++i) request.add_tag()->set_key("k" + std::to_string(i));

  EXPECT_EQ(
      CodeOf(Call<eci::v1::DescribeContainerGroupsResponse>("DescribeContainerGroups", request)),
      "InvalidParameter");
}

TEST_F(ListingTest, UnknownIdIsMissingFromTheAnswer) {
  const std::string id = CreateId(Request());
  eci::v1::DescribeContainerGroupsRequest request;
  request.set_container_group_ids("[\"" + id + "\",\"eci-unknown\"]");

  EXPECT_EQ(List(request).container_groups_size(), 1);
}

TEST_F(ListingTest, StatusSelectsByStatus) {
  CreateId(Request("running"));
  auto ended = Request("ended");
  ended.set_restart_policy("Never");
  SetEnv(ended.mutable_container(0), "FAKE_ECI_RUN_SECONDS", "0");
  CreateId(ended);
  eci::v1::DescribeContainerGroupsRequest request;
  request.set_status("Succeeded");

  const auto reply = List(request);

  ASSERT_EQ(reply.container_groups_size(), 1);
  EXPECT_EQ(reply.container_groups(0).container_group_name(), "ended");
}

TEST_F(ListingTest, GroupShowsOnlyAfterTheLag) {
  cloud_.behaviours().listing_lag = 500ms;
  CreateId(Request());
  EXPECT_EQ(List().total_count(), 0);

  Advance(500ms);

  EXPECT_EQ(List().total_count(), 1);
}

TEST_F(ListingTest, SinceSecondLeavesOutWhatDidNotChange) {
  CreateId(Request("old"));
  Advance(90s);
  CreateId(Request("new"));
  eci::v1::DescribeContainerGroupStatusRequest request;
  request.set_since_second(60);

  const auto reply = ListStatus(request);

  ASSERT_EQ(reply.data_size(), 1);
  EXPECT_EQ(reply.data(0).name(), "new");
}

TEST_F(ListingTest, StatusCallHasPagesOfTwoHundred) {
  for (int i = 0; i < 201; ++i) CreateId(Request());

  const auto reply = ListStatus();

  EXPECT_EQ(reply.data_size(), 200);
  EXPECT_FALSE(reply.next_token().empty());
}

TEST_F(ListingTest, RunningContainerHasBothSpellingsOfItsStart) {
  CreateId(Request());
  Advance(0s);

  const auto status = ListStatus().data(0).pod_status();

  EXPECT_EQ(status.phase(), "Running");
  const auto& running = status.container_statuses(0).state().running();
  EXPECT_FALSE(running.started_at().empty());
  EXPECT_EQ(running.started_at(), running.started_at_started_at());
}

TEST_F(ListingTest, StatusCallLeavesIdentityEmptyUnlessAsked) {
  CreateTagged("web", "pod-uid", "u-1");
  EXPECT_EQ(ListStatus().data(0).uuid(), "");

  cloud_.behaviours().uuid_tag = "pod-uid";

  EXPECT_EQ(ListStatus().data(0).uuid(), "u-1");
}

TEST_F(ListingTest, EventsTellWhatHappened) {
  CreateId(Request());
  Advance(0s);
  eci::v1::DescribeContainerGroupEventsRequest request;
  request.set_region_id("cn-hangzhou");

  const auto reply =
      Call<eci::v1::DescribeContainerGroupEventsResponse>("DescribeContainerGroupEvents", request);

  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->data(0).events(0).reason(), "Started");
  EXPECT_EQ(reply->data(0).events(0).involved_object().kind(), "Pod");
}

TEST_F(ListingTest, DeleteOfAnUnknownGroupFailsUnlessSetOtherwise) {
  EXPECT_EQ(CodeOf(Delete("eci-unknown")), "InvalidContainerGroupId.NotFound");

  cloud_.behaviours().delete_unknown_fails = false;

  EXPECT_EQ(CodeOf(Delete("eci-unknown")), "OK");
}

TEST_F(ListingTest, HiddenEnvironmentHasNamesOnly) {
  auto request = Request();
  request.mutable_container(0)->set_environment_var_hide(true);
  SetEnv(request.mutable_container(0), "PASSWORD", "secret-word");

  const auto group = Describe(CreateId(request));
  const auto& entry = group.containers(0).environment_vars(0);

  EXPECT_EQ(entry.key(), "PASSWORD");
  EXPECT_FALSE(entry.has_value());
}

}  // namespace
}  // namespace vk::fake
