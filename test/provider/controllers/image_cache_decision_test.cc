#include "provider/controllers/image_cache_decision.h"

#include <gtest/gtest.h>

namespace vk::controllers {
namespace {

using enum ImageCacheAction;

// Taken on, its spec noted, nothing known in the cloud.
ImageCacheState New() { return {.taken_on = true, .noted = true}; }
ImageCacheState InCloud(std::string_view phase, bool same_spec) {
  return {.taken_on = true,
          .noted = true,
          .has_id = true,
          .cloud_phase = phase,
          .same_spec = same_spec};
}

TEST(ImageCacheDecisionTest, NothingIsMadeBeforeFinalizerAndSpecAreOnTheObject) {
  EXPECT_EQ(DecideImageCache({}), kTakeOn);
  EXPECT_EQ(DecideImageCache({.taken_on = true, .never_made = true}), kTakeOn);
  EXPECT_EQ(DecideImageCache(New()), kCreate);
}

TEST(ImageCacheDecisionTest, ChangeAfterAnOpenCreationWaitsForProof) {
  EXPECT_EQ(DecideImageCache({.taken_on = true}), kNothing);
  EXPECT_EQ(DecideImageCache({.taken_on = true, .gone = true}), kTakeOn);
}

TEST(ImageCacheDecisionTest, WhoCarriesAnIdIsNotGivenAnotherCache) {
  ImageCacheState state = New();
  state.has_id = true;
  EXPECT_EQ(DecideImageCache(state), kNothing);
  state.gone = true;
  EXPECT_EQ(DecideImageCache(state), kTellGone);
  state.noted = false;
  EXPECT_EQ(DecideImageCache(state), kForget);
}

TEST(ImageCacheDecisionTest, ChangeGoesToTheCloudOnlyWhereItTakesOne) {
  EXPECT_EQ(DecideImageCache(InCloud("Ready", true)), kNothing);
  EXPECT_EQ(DecideImageCache(InCloud("Ready", false)), kUpdate);
  EXPECT_EQ(DecideImageCache(InCloud("UpdateFailed", false)), kUpdate);
  EXPECT_EQ(DecideImageCache(InCloud("UpdateFailed", true)), kNothing);
  EXPECT_EQ(DecideImageCache(InCloud("Creating", false)), kNothing);
  EXPECT_EQ(DecideImageCache(InCloud("Updating", false)), kNothing);
  ImageCacheState state = InCloud("Ready", false);
  state.noted = false;
  EXPECT_EQ(DecideImageCache(state), kTakeOn);
}

TEST(ImageCacheDecisionTest, FailedCacheIsReplacedByAChangeAlone) {
  EXPECT_EQ(DecideImageCache(InCloud("Failed", true)), kNothing);
  EXPECT_EQ(DecideImageCache(InCloud("Failed", false)), kDelete);
}

TEST(ImageCacheDecisionTest, ObjectGoesOnlyAfterItsCache) {
  ImageCacheState state = InCloud("Creating", true);
  state.being_deleted = true;
  EXPECT_EQ(DecideImageCache(state), kDelete);
  state.cloud_phase = {};
  EXPECT_EQ(DecideImageCache(state), kNothing);
  state.gone = true;
  EXPECT_EQ(DecideImageCache(state), kLetGo);
}

TEST(ImageCacheDecisionTest, ObjectWithAnOpenCreationWaitsForProof) {
  ImageCacheState state = New();
  state.being_deleted = true;
  EXPECT_EQ(DecideImageCache(state), kNothing);
  state.never_made = true;
  EXPECT_EQ(DecideImageCache(state), kLetGo);
  state.never_made = false;
  state.gone = true;
  EXPECT_EQ(DecideImageCache(state), kLetGo);
}

TEST(ImageCacheDecisionTest, ObjectOfSomebodyElsesFinalizersIsLeftAlone) {
  EXPECT_EQ(DecideImageCache({.being_deleted = true, .cloud_phase = "Ready"}), kNothing);
}

}  // namespace
}  // namespace vk::controllers
