#include "provider/translate/annotations.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <utility>

#include "test/provider/translate/cluster.h"

namespace vk::translate {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using Pairs = std::initializer_list<std::pair<const char*, const char*>>;

core::Pod Annotated(Pairs annotations) {
  core::Pod pod = PodWith("");
  for (const auto& [name, value] : annotations) {
    (*pod.mutable_metadata()->mutable_annotations())[std::string("k8s.aliyun.com/") + name] = value;
  }
  return pod;
}

eci::v1::CreateContainerGroupRequest RequestOf(Pairs annotations) {
  return PlanOf(Annotated(annotations)).request;
}

TEST(AnnotationsTest, WithoutAnyTheNodesPlacementHolds) {
  const auto request = RequestOf({});

  EXPECT_EQ(request.v_switch_id(), "vsw-a,vsw-b");
  EXPECT_EQ(request.security_group_id(), "sg-a");
  EXPECT_TRUE(request.auto_match_image_cache());
  EXPECT_FALSE(request.has_schedule_strategy());
  EXPECT_FALSE(request.has_spot_strategy());
}

TEST(AnnotationsTest, PlacementIsThePods) {
  const auto request = RequestOf({{"eci-vswitch", "vsw-1, vsw-2"},
                                  {"eci-security-group", "sg-1"},
                                  {"eci-schedule-strategy", "VSwitchOrdered"}});

  EXPECT_EQ(request.v_switch_id(), "vsw-1,vsw-2");
  EXPECT_EQ(request.security_group_id(), "sg-1");
  EXPECT_EQ(request.schedule_strategy(), "VSwitchOrdered");
}

TEST(AnnotationsTest, ImageCacheIsMatchedUnlessAnIdOrFalseIsGiven) {
  EXPECT_TRUE(RequestOf({{"eci-image-cache", "true"}}).auto_match_image_cache());
  EXPECT_FALSE(RequestOf({{"eci-image-cache", "false"}}).has_auto_match_image_cache());
  EXPECT_FALSE(RequestOf({{"auto-match-imagecache", "false"}}).has_auto_match_image_cache());
  EXPECT_FALSE(RequestOf({{"eci-auto-imc", "false"}, {"eci-image-cache", "true"}})
                   .has_auto_match_image_cache());
  const auto by_id = RequestOf({{"eci-imc-id", "imc-1"}, {"eci-auto-imc", "true"}});
  EXPECT_EQ(by_id.image_snapshot_id(), "imc-1");
  EXPECT_FALSE(by_id.has_auto_match_image_cache());
  EXPECT_EQ(RequestOf({{"eci-image-snapshot-id", "imc-2"}}).image_snapshot_id(), "imc-2");
}

TEST(AnnotationsTest, SpecificationBeatsTheSumOfTheContainers) {
  const auto size = RequestOf({{"eci-use-specs", "3-6Gi"}});
  EXPECT_EQ(size.cpu(), 4);
  EXPECT_EQ(size.memory(), 6);

  const auto types = RequestOf({{"eci-use-specs", "ecs.c6.large,ecs.c6.xlarge"}});
  EXPECT_EQ(types.instance_type(), "ecs.c6.large,ecs.c6.xlarge");
  EXPECT_FALSE(types.has_cpu());
  EXPECT_FALSE(types.has_memory());

  EXPECT_EQ(RequestOf({{"eci-instance-type", "ecs.g5.large"}}).instance_type(), "ecs.g5.large");
}

TEST(AnnotationsTest, SpecificationsThatTheCloudCannotMixAreToldAndLeftOut) {
  const GroupPlan size_first = PlanOf(Annotated({{"eci-use-specs", "2-4Gi,ecs.c6.large,4-8Gi"}}));
  EXPECT_EQ(size_first.request.cpu(), 2);
  EXPECT_FALSE(size_first.request.has_instance_type());
  ASSERT_EQ(size_first.notices.size(), 1u);
  EXPECT_EQ(size_first.notices[0].reason, "SpecsLeftOut");
  EXPECT_THAT(size_first.notices[0].message, HasSubstr("ecs.c6.large, 4-8Gi"));

  const GroupPlan type_first = PlanOf(Annotated({{"eci-use-specs", "ecs.c6.large,2-4Gi"}}));
  EXPECT_EQ(type_first.request.instance_type(), "ecs.c6.large");
  EXPECT_THAT(type_first.notices[0].message, HasSubstr("2-4Gi"));
}

TEST(AnnotationsTest, SpotIsPassedOn) {
  const auto request = RequestOf({{"eci-spot-strategy", "SpotWithPriceLimit"},
                                  {"eci-spot-price-limit", "0.5"},
                                  {"eci-spot-duration", "0"}});

  EXPECT_EQ(request.spot_strategy(), "SpotWithPriceLimit");
  EXPECT_EQ(request.spot_price_limit(), 0.5F);
  EXPECT_EQ(request.spot_duration(), 0);
  EXPECT_TRUE(request.has_spot_duration());
}

struct Bad {
  const char* name;
  const char* value;
  const char* what;
};

class BadAnnotationTest : public testing::TestWithParam<Bad> {};

TEST_P(BadAnnotationTest, IsRefusedByItsName) {
  const NotNow refusal = RefusalOf(Annotated({{GetParam().name, GetParam().value}}));

  EXPECT_EQ(refusal.kind, NotNow::Kind::kInvalid);
  EXPECT_THAT(refusal.notice.message,
              HasSubstr(fmt::format("metadata.annotations[k8s.aliyun.com/{}]", GetParam().name)));
  EXPECT_THAT(refusal.notice.message, HasSubstr(GetParam().what));
}

INSTANTIATE_TEST_SUITE_P(
    Values, BadAnnotationTest,
    testing::Values(Bad{"eci-auto-imc", "yes", "\"yes\""}, Bad{"eci-vswitch", " , ", "empty"},
                    Bad{"eci-vswitch", "1,2,3,4,5,6,7,8,9,10,11", "11 entries"},
                    Bad{"eci-security-group", "1,2,3,4,5,6", "at most 5"},
                    Bad{"eci-use-specs", "1,2,3,4,5,6", "at most 5"},
                    Bad{"eci-use-specs", "huge", "\"huge\""},
                    Bad{"eci-use-specs", "0-4Gi", "\"0-4Gi\""},
                    Bad{"eci-schedule-strategy", "Any", "VSwitchOrdered"},
                    Bad{"eci-spot-strategy", "Cheap", "SpotAsPriceGo"},
                    Bad{"eci-spot-strategy", "SpotWithPriceLimit", "eci-spot-price-limit"},
                    Bad{"eci-spot-price-limit", "free", "number"},
                    Bad{"eci-spot-duration", "-1", "0 to 1000000"},
                    Bad{"eci-spot-duration", "1e300", "0 to 1000000"}));

TEST(AnnotationsTest, UnknownOnesOfTheCloudsNodeAreTold) {
  const GroupPlan plan =
      PlanOf(Annotated({{"eci-with-eip", "true"}, {"eci-instance-id", "eci-1"}}));

  ASSERT_EQ(plan.notices.size(), 1u);
  EXPECT_EQ(plan.notices[0].reason, "UnsupportedAnnotation");
  EXPECT_THAT(plan.notices[0].message, HasSubstr(": k8s.aliyun.com/eci-with-eip"));
}

TEST(AnnotationsTest, OtherPeoplesAnnotationsAreNoBusinessOfOurs) {
  core::Pod pod = PodWith("");
  (*pod.mutable_metadata()->mutable_annotations())["example.com/eci-vswitch"] = "x";

  EXPECT_THAT(PlanOf(pod).notices, IsEmpty());
}

}  // namespace
}  // namespace vk::translate
