#include "provider/translate/deletion_room.h"

#include <gtest/gtest.h>

#include "test/provider/translate/golden.h"

namespace vk::translate {
namespace {

using k8s::io::api::core::v1::PodSpec;

std::int64_t Grace(const std::string& spec, std::int64_t longest) {
  return GroupGraceWithRoom(FromText<PodSpec>(spec), longest);
}

TEST(DeletionRoomTest, GroupHasTheLongerOfBothGraces) {
  EXPECT_EQ(Grace("containers { name: 'main' }", 0), 30);
  EXPECT_EQ(Grace("containers { name: 'main' }", 120), 120);
  EXPECT_EQ(Grace("terminationGracePeriodSeconds: 300 containers { name: 'main' }", 120), 300);
}

TEST(DeletionRoomTest, GraceThatOtherEndsUseStaysThePodsOwn) {
  EXPECT_EQ(Grace("containers { name: 'main' livenessProbe {} }", 120), 30);
  EXPECT_EQ(Grace("containers { name: 'main' startupProbe {} }", 120), 30);
  EXPECT_EQ(Grace("containers { name: 'main' } initContainers { name: 'proxy' restartPolicy: "
                  "'Always' }",
                  120),
            30);
  EXPECT_EQ(
      Grace("containers { name: 'main' readinessProbe {} } initContainers { name: 'init' }", 120),
      120);
}

}  // namespace
}  // namespace vk::translate
