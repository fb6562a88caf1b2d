#include "provider/controllers/image_cache_controller.h"

#include <gmock/gmock.h>

#include "proto/kubernetes/coordination/v1/lease.pb.h"
#include "provider/controllers/image_cache_request.h"
#include "test/provider/controllers/image_cache_world.h"
#include "tools/fake_eci/engine/faults.h"

namespace vk::controllers {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
using Kind = fake::ImageReport::Kind;

class ImageCacheControllerTest : public ImageCacheWorld {
 protected:
  ImageCacheControllerTest() { tasks_.Spawn("events", agent_->recorder().Run()); }

  // One object whose cache is Ready.
  void MakeReady(const std::string& name, const std::string& image = "app:1") {
    Put(Wish(name, {image}));
    StartController();
    Pulled();
    ASSERT_EQ(Phase(name), "Ready");
  }
  void CloudFails(fake::FaultKind kind, const std::string& action, const std::string& code,
                  std::optional<int> count = std::nullopt) {
    cloud_.faults().Add(
        {.action = action, .caller = kCaller, .kind = kind, .code = code, .count = count});
  }
  std::size_t Lines(std::string_view text) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        agent_log_.lines, [&](const std::string& line) { return line.contains(text); }));
  }
};

TEST_F(ImageCacheControllerTest, ObjectShowsItsCacheFromCreatingToReady) {
  kubernetes::ImageCache wish = Wish("web", {"web:1", "side:2"});
  wish.mutable_spec()->set_imagecachesize(40);
  wish.mutable_spec()->set_retentiondays(7);
  Put(wish);

  StartController();
  ASSERT_THAT(InCloud(), SizeIs(1));
  const eci::v1::ImageCache made = InCloud().front();
  EXPECT_EQ(made.image_cache_name(), "web");
  EXPECT_EQ(made.image_cache_size(), 40);
  EXPECT_THAT(made.images(), ElementsAre("web:1", "side:2"));
  EXPECT_EQ(Phase("web"), "Creating");
  EXPECT_EQ(Id("web"), made.image_cache_id());
  Pulled(Kind::kHad, "Pulled image web:1");
  EXPECT_EQ(Object("web").status().progress(), "50%");
  Pulled();

  const kubernetes::ImageCacheStatus status = Object("web").status();
  EXPECT_EQ(status.phase(), "Ready");
  EXPECT_EQ(status.progress(), "100%");
  EXPECT_EQ(status.expiredatetime().seconds() - status.starttime().seconds(), 7 * 24 * 3600);
  ASSERT_THAT(status.events(), SizeIs(1));
  EXPECT_EQ(status.events(0).reason(), "Pulled");
  EXPECT_THAT(Events("web"), Contains(StartsWith("ImageCacheCreated: ")));
  EXPECT_THAT(Events("web"), Contains(StartsWith("ImageCacheReady: ")));
}

TEST_F(ImageCacheControllerTest, CacheCarriesWhoseItIsAndWhereItIsMade) {
  kubernetes::ImageCache wish = Wish("web", {"web:1"});
  (*wish.mutable_metadata()->mutable_annotations())["k8s.aliyun.com/imc-size"] = "64";
  Put(wish);
  StartController();

  ASSERT_THAT(InCloud(), SizeIs(1));
  EXPECT_EQ(InCloud().front().image_cache_size(), 64);
  std::map<std::string, std::string> tags;
  const eci::v1::ImageCache made = InCloud().front();
  for (const auto& tag : made.tags()) tags.emplace(tag.key(), tag.value());
  EXPECT_EQ(tags["virtual-node/cluster"], "c1");
  EXPECT_EQ(tags["virtual-node/image-cache-uid"], Object("web").metadata().uid());
}

TEST_F(ImageCacheControllerTest, StatusIsWrittenOnlyWhenItChanges) {
  MakeReady("web");
  const std::string version = Object("web").metadata().resourceversion();

  clock_.Advance(30min);

  EXPECT_EQ(Object("web").metadata().resourceversion(), version);
}

TEST_F(ImageCacheControllerTest, CloudIsListedOftenOnlyWhileItIsAtWork) {
  StartController();
  clock_.Advance(10min);
  EXPECT_EQ(Polls(), 0u);
  Put(Wish("web", {"web:1"}));
  clock_.Advance(60s);
  const std::size_t busy = Polls();
  EXPECT_GE(busy, 25u);
  Pulled();
  const std::size_t before = Polls();
  clock_.Advance(10min);

  EXPECT_LE(Polls() - before, 11u);
  EXPECT_GE(Polls() - before, 9u);
}

TEST_F(ImageCacheControllerTest, RestartMakesNothingAndChangesNothing) {
  MakeReady("web");
  const std::string id = Id("web");
  const std::string version = Object("web").metadata().resourceversion();
  StopController();

  StartController();
  clock_.Advance(10min);

  EXPECT_EQ(Calls("CreateImageCache"), 1u);
  EXPECT_EQ(Id("web"), id);
  EXPECT_EQ(Object("web").metadata().resourceversion(), version);
}

TEST_F(ImageCacheControllerTest, ProcessThatDiesBeforeTheStatusIsWrittenLeavesOneCache) {
  Put(Wish("web", {"web:1"}));
  cache_faults_.lose_status_patches = true;
  StartController();
  ASSERT_THAT(InCloud(), SizeIs(1));
  ASSERT_EQ(Id("web"), "");
  StopController();
  cache_faults_.lose_status_patches = false;

  StartController("next-process");
  clock_.Advance(30s);

  EXPECT_THAT(InCloud(), SizeIs(1));
  EXPECT_EQ(Calls("CreateImageCache"), 1u);
  EXPECT_EQ(Id("web"), InCloud().front().image_cache_id());
}

TEST_F(ImageCacheControllerTest, ChangeAfterALostCreationMakesNoSecondCacheHoweverLateTheListing) {
  Put(Wish("web", {"web:1"}));
  cache_faults_.lose_status_patches = true;
  StartController();
  ASSERT_THAT(InCloud(), SizeIs(1));
  StopController();
  cache_faults_.lose_status_patches = false;
  SetImage("web", "web:2");
  CloudFails(fake::FaultKind::kEmptyListing, "DescribeImageCaches", "", 5);

  StartController("next-process");
  clock_.Advance(1min);
  Pulled();
  Pulled();

  EXPECT_EQ(Calls("CreateImageCache"), 1u);
  ASSERT_THAT(InCloud(), SizeIs(1));
  EXPECT_THAT(InCloud().front().images(), ElementsAre("web:2"));
  EXPECT_EQ(Phase("web"), "Ready");
}

TEST_F(ImageCacheControllerTest, LostAnswerMakesNoSecondCache) {
  CloudFails(fake::FaultKind::kLostReply, "CreateImageCache", "", 1);
  Put(Wish("web", {"web:1"}));

  StartController();
  clock_.Advance(2min);

  EXPECT_THAT(InCloud(), SizeIs(1));
  EXPECT_EQ(Id("web"), InCloud().front().image_cache_id());
}

TEST_F(ImageCacheControllerTest, CreationThatNobodyAnsweredIsForgottenOnceItsCacheShows) {
  CloudFails(fake::FaultKind::kErrorAfter, "CreateImageCache", "ServiceUnavailable");
  Put(Wish("web", {"web:1"}));
  StartController();
  clock_.Advance(1min);
  cloud_.faults().Clear();
  Pulled();
  EXPECT_EQ(Phase("web"), "Ready");
  EXPECT_EQ(Object("web").status().reason(), "");

  DeleteInCloud(Id("web"));
  clock_.Advance(5min);
  ASSERT_EQ(Phase("web"), "Lost");
  SetImage("web", "web:2");
  clock_.Advance(10s);

  ASSERT_THAT(InCloud(), SizeIs(1));
  EXPECT_THAT(InCloud().front().images(), ElementsAre("web:2"));
}

TEST_F(ImageCacheControllerTest, EmptyListingAfterARestartMakesNoSecondCache) {
  MakeReady("web");
  StopController();
  CloudFails(fake::FaultKind::kEmptyListing, "DescribeImageCaches", "");

  StartController();
  clock_.Advance(10min);

  EXPECT_EQ(Calls("CreateImageCache"), 1u);
  EXPECT_EQ(Phase("web"), "Lost");
  cloud_.faults().Clear();
  clock_.Advance(2min);
  EXPECT_EQ(Phase("web"), "Ready");
}

TEST_F(ImageCacheControllerTest, OneEmptyListingConcludesNothing) {
  MakeReady("web");
  CloudFails(fake::FaultKind::kEmptyListing, "DescribeImageCaches", "", 1);

  clock_.Advance(5min);

  EXPECT_EQ(Phase("web"), "Ready");
  EXPECT_THAT(Events("web"), Not(Contains(StartsWith("ImageCacheLost: "))));
}

TEST_F(ImageCacheControllerTest, DeletedObjectGoesAfterItsCache) {
  MakeReady("web");
  CloudFails(fake::FaultKind::kError, "DeleteImageCache", "Forbidden.RAM");
  Delete("web");
  clock_.Advance(5min);
  EXPECT_TRUE(Exists("web"));
  EXPECT_THAT(InCloud(), SizeIs(1));
  EXPECT_THAT(Object("web").status().reason(), HasSubstr("RAM"));

  cloud_.faults().Clear();
  clock_.Advance(10min);

  EXPECT_FALSE(Exists("web"));
  EXPECT_THAT(InCloud(), IsEmpty());
  EXPECT_THAT(Events("web"), Contains(StartsWith("ImageCacheDeleted: ")));
}

TEST_F(ImageCacheControllerTest, DeletionWhileNobodyWatchedIsDoneAfterwards) {
  MakeReady("web");
  StopController();
  Delete("web");
  EXPECT_TRUE(Exists("web"));

  StartController();

  EXPECT_FALSE(Exists("web"));
  EXPECT_THAT(InCloud(), IsEmpty());
}

TEST_F(ImageCacheControllerTest, CacheThatIsGoneAlreadyHoldsNoObject) {
  MakeReady("web");
  DeleteInCloud(Id("web"));
  Delete("web");

  clock_.Advance(5s);

  EXPECT_FALSE(Exists("web"));
}

TEST_F(ImageCacheControllerTest, DeletionDuringAnUnansweredCreationLeavesNothing) {
  CloudFails(fake::FaultKind::kErrorAfter, "CreateImageCache", "ServiceUnavailable");
  Put(Wish("web", {"web:1"}));
  StartController();

  Delete("web");
  clock_.Advance(2min);

  EXPECT_FALSE(Exists("web"));
  EXPECT_THAT(InCloud(), IsEmpty());
}

TEST_F(ImageCacheControllerTest, ForeignCachesAreLeftAlone) {
  MakeReady("web");
  const std::string plain = CreateForeign({});
  const std::string other =
      CreateForeign({{"virtual-node/cluster", "c1"},
                     {"virtual-node/kube-system-uid", "another"},
                     {"virtual-node/image-cache-uid", Object("web").metadata().uid()}});
  clock_.Advance(2min);  // They are listed.
  EXPECT_THAT(InCloud(), SizeIs(3));
  kubernetes::ImageCache object = Object("web");
  object.mutable_status()->set_imagecacheid(plain);
  ASSERT_TRUE(server_.Update(kube::kImageCaches, {.ns = {}, .name = "web", .subresource = "status"},
                             kube::ToBytes(object)));
  Delete("web");
  clock_.Advance(2min);

  EXPECT_FALSE(Exists("web"));
  std::vector<std::string> left;
  for (const auto& cache : InCloud()) left.push_back(cache.image_cache_id());
  EXPECT_THAT(left, ElementsAre(plain, other));
}

TEST_F(ImageCacheControllerTest, CacheWithoutItsObjectStaysAndIsToldOnce) {
  MakeReady("web");
  StopController();
  kubernetes::ImageCache object = Object("web");
  object.mutable_metadata()->clear_finalizers();
  Put(object);
  Delete("web");
  Put(Wish("other", {"other:1"}));

  StartController();
  clock_.Advance(10min);

  EXPECT_THAT(InCloud(), SizeIs(2));
  EXPECT_EQ(Lines("has no object any more"), 1u);
}

TEST_F(ImageCacheControllerTest, ObjectOfTheSameNameAgainHasItsOwnCache) {
  MakeReady("web");
  const std::string before = Id("web");
  Delete("web");
  clock_.Advance(5s);
  ASSERT_FALSE(Exists("web"));

  Put(Wish("web", {"app:1"}));
  clock_.Advance(5s);

  EXPECT_THAT(InCloud(), SizeIs(1));
  EXPECT_NE(Id("web"), before);
}

TEST_F(ImageCacheControllerTest, OtherImagesGoIntoTheSameCache) {
  MakeReady("web");
  const std::string id = Id("web");

  SetImage("web", "app:2");
  clock_.Advance(5s);
  EXPECT_EQ(Phase("web"), "Updating");
  SetImage("web", "app:3");  // Must wait.
  clock_.Advance(1min);
  EXPECT_EQ(Calls("UpdateImageCache"), 1u);
  Pulled();
  Pulled();
  clock_.Advance(10min);

  EXPECT_EQ(Calls("UpdateImageCache"), 2u);
  EXPECT_EQ(Id("web"), id);
  ASSERT_THAT(InCloud(), SizeIs(1));
  EXPECT_THAT(InCloud().front().images(), ElementsAre("app:3"));
  EXPECT_EQ(Phase("web"), "Ready");
}

TEST_F(ImageCacheControllerTest, ChangeThereAndBackAndThereAgainReachesTheCloud) {
  MakeReady("web", "app:1");

  for (const char* image : {"app:2", "app:1", "app:2", "app:1"}) {
    SetImage("web", image);
    clock_.Advance(5s);
    Pulled();
    ASSERT_THAT(InCloud(), SizeIs(1));
    EXPECT_THAT(InCloud().front().images(), ElementsAre(image));
  }

  EXPECT_EQ(Calls("UpdateImageCache"), 4u);
}

// It is no new generation of the object.
TEST_F(ImageCacheControllerTest, AnnotationThereAndBackAndThereAgainReachesTheCloud) {
  MakeReady("web");

  for (const char* size : {"40", "50", "40", "50"}) {
    kubernetes::ImageCache object = Object("web");
    (*object.mutable_metadata()->mutable_annotations())["k8s.aliyun.com/imc-size"] = size;
    Put(object);
    clock_.Advance(5s);
    Pulled();
    ASSERT_THAT(InCloud(), SizeIs(1));
    EXPECT_EQ(std::to_string(InCloud().front().image_cache_size()), size);
  }
}

TEST_F(ImageCacheControllerTest, WishThatFailedOnceMayBeMadeAgain) {
  Put(Wish("web", {"web:1"}));
  StartController();
  Pulled(Kind::kNotHeld, "the registry is away");
  SetImage("web", "web:typo");
  clock_.Advance(10s);
  Pulled(Kind::kNotHeld, "web:typo: not found");
  ASSERT_EQ(Phase("web"), "Failed");

  SetImage("web", "web:1");
  clock_.Advance(10s);
  Pulled();

  EXPECT_EQ(Phase("web"), "Ready");
  EXPECT_THAT(InCloud(), SizeIs(1));
}

TEST_F(ImageCacheControllerTest, FailedPullSaysWhyAndIsMadeAnewByAChange) {
  Put(Wish("web", {"web:typo"}));
  StartController();
  Pulled(Kind::kNotHeld, "web:typo: not found");
  EXPECT_EQ(Phase("web"), "Failed");
  EXPECT_EQ(Object("web").status().reason(), "Failed: web:typo: not found");
  EXPECT_THAT(Events("web"), Contains(HasSubstr("web:typo: not found")));
  clock_.Advance(10min);
  EXPECT_EQ(Calls("CreateImageCache"), 1u);

  SetImage("web", "web:1");
  clock_.Advance(10s);
  Pulled();

  EXPECT_EQ(Phase("web"), "Ready");
  EXPECT_THAT(InCloud(), SizeIs(1));
}

TEST_F(ImageCacheControllerTest, ExpiredCacheIsToldAndComesAgainOnlyByAChange) {
  kubernetes::ImageCache wish = Wish("web", {"web:1"});
  wish.mutable_spec()->set_retentiondays(1);
  Put(wish);
  StartController();
  Pulled();
  clock_.Advance(25h);
  EXPECT_THAT(InCloud(), IsEmpty());
  EXPECT_EQ(Phase("web"), "Expired");
  EXPECT_THAT(Object("web").status().reason(), HasSubstr("retention"));
  EXPECT_EQ(Calls("CreateImageCache"), 1u);
  StopController();
  StartController();
  clock_.Advance(10min);
  EXPECT_EQ(Calls("CreateImageCache"), 1u);

  SetImage("web", "web:2");
  clock_.Advance(10s);
  Pulled();

  EXPECT_EQ(Phase("web"), "Ready");
  EXPECT_EQ(Calls("CreateImageCache"), 2u);
}

TEST_F(ImageCacheControllerTest, CacheThatSomebodyDeletedIsToldAsLost) {
  MakeReady("web");
  DeleteInCloud(Id("web"));

  clock_.Advance(5min);

  EXPECT_EQ(Phase("web"), "Lost");
  EXPECT_EQ(Calls("CreateImageCache"), 1u);
  EXPECT_THAT(Events("web"), Contains(StartsWith("ImageCacheLost: ")));
}

TEST_F(ImageCacheControllerTest, QuotaIsToldAndTriedAgainSlowly) {
  CloudFails(fake::FaultKind::kError, "CreateImageCache", "QuotaExceeded");
  Put(Wish("web", {"web:1"}));
  StartController();
  clock_.Advance(10min);
  EXPECT_EQ(Phase("web"), "Pending");
  EXPECT_THAT(Object("web").status().reason(), HasSubstr("quota"));
  EXPECT_THAT(Events("web"), Contains(StartsWith("ImageCacheFailed: ")));
  EXPECT_LE(Calls("CreateImageCache"), 5u);

  cloud_.faults().Clear();
  clock_.Advance(11min);

  EXPECT_EQ(Phase("web"), "Creating");
  EXPECT_EQ(Object("web").status().reason(), "");
}

TEST_F(ImageCacheControllerTest, InvalidWishFailsAndItsCorrectionIsTriedAtOnce) {
  kubernetes::ImageCache wish = Wish("web", {"web:1"});
  (*wish.mutable_metadata()->mutable_annotations())["k8s.aliyun.com/imc-size"] = "much";
  Put(wish);
  StartController();
  EXPECT_EQ(Phase("web"), "Failed");
  EXPECT_THAT(Object("web").status().reason(), HasSubstr("imc-size"));

  kubernetes::ImageCache corrected = Object("web");
  (*corrected.mutable_metadata()->mutable_annotations())["k8s.aliyun.com/imc-size"] = "30";
  Put(corrected);
  clock_.Advance(5s);

  EXPECT_EQ(Phase("web"), "Creating");
}

TEST_F(ImageCacheControllerTest, RefusedObjectIsDeletedAtOnce) {
  CloudFails(fake::FaultKind::kError, "CreateImageCache", "QuotaExceeded");
  Put(Wish("web", {"web:1"}));
  StartController();

  Delete("web");
  clock_.Advance(2s);

  EXPECT_FALSE(Exists("web"));
}

TEST_F(ImageCacheControllerTest, PullSecretsGoAlongAndAMissingOneIsWaitedFor) {
  kubernetes::ImageCache wish = Wish("web", {"registry.test/web:1"});
  wish.mutable_spec()->add_imagepullsecrets("default:pull");
  Put(wish);
  StartController();
  EXPECT_EQ(Phase("web"), "Pending");
  EXPECT_THAT(Object("web").status().reason(), HasSubstr("default:pull"));
  EXPECT_EQ(Calls("CreateImageCache"), 0u);

  k8s::io::api::core::v1::Secret secret;
  secret.mutable_metadata()->set_name("pull");
  (*secret.mutable_data())[".dockerconfigjson"] =
      R"({"auths":{"registry.test":{"username":"user","password":"hidden"}}})";
  ASSERT_TRUE(server_.Create(kube::kSecrets, {.ns = "default", .name = {}, .subresource = {}},
                             kube::ToBytes(secret)));
  clock_.Advance(1min);

  EXPECT_EQ(Phase("web"), "Creating");
  EXPECT_THAT(host_.pull_secrets, HasSubstr("hidden"));
}

TEST_F(ImageCacheControllerTest, MissingDefinitionIsWaitedForQuietly) {
  cache_faults_.undefined = true;
  StartController();
  clock_.Advance(1h);
  EXPECT_EQ(Lines("does not serve this kind"), 1u);
  EXPECT_THAT(agent_log_.lines, SizeIs(1));
  EXPECT_FALSE(
      server_.Get(kube::kLeases,
                  {.ns = "kube-system", .name = "virtual-node-image-caches", .subresource = {}}));

  cache_faults_.undefined = false;
  Put(Wish("web", {"web:1"}));
  clock_.Advance(15s);

  EXPECT_EQ(Phase("web"), "Creating");
}

TEST_F(ImageCacheControllerTest, NothingIsDoneWithoutTheLease) {
  MakeReady("web");
  cache_faults_.lose_lease = true;
  clock_.Advance(20s);
  const std::size_t before = cloud_.calls().size();

  Delete("web");
  clock_.Advance(5min);
  EXPECT_EQ(cloud_.calls().size(), before);
  EXPECT_TRUE(Exists("web"));

  cache_faults_.lose_lease = false;
  clock_.Advance(1min);
  EXPECT_FALSE(Exists("web"));
}

TEST_F(ImageCacheControllerTest, WhoeverElseHoldsTheLeaseActsAlone) {
  MakeReady("web");
  holders_are_gone_ = false;
  const kube::ObjectKey key{
      .ns = "kube-system", .name = "virtual-node-image-caches", .subresource = {}};
  k8s::io::api::coordination::v1::Lease lease;
  ASSERT_TRUE(lease.ParseFromString(server_.Get(kube::kLeases, key).value()));
  lease.mutable_spec()->set_holderidentity("another-process");
  ASSERT_TRUE(server_.Update(kube::kLeases, key, kube::ToBytes(lease)));
  clock_.Advance(5s);
  const std::size_t before = cloud_.calls().size();
  Delete("web");
  clock_.Advance(5s);
  EXPECT_EQ(cloud_.calls().size(), before);
  EXPECT_TRUE(Exists("web"));

  clock_.Advance(30s);  // It is not renewed.

  EXPECT_FALSE(Exists("web"));
  EXPECT_THAT(InCloud(), IsEmpty());
}

TEST_F(ImageCacheControllerTest, CreationInFlightIsNotedBeforeTheLeaseIsGivenBack) {
  cloud_.faults().Add({.action = "CreateImageCache",
                       .caller = {},
                       .kind = fake::FaultKind::kLatency,
                       .latency = 3s});
  Put(Wish("web", {"web:1"}));
  StartController();
  ASSERT_EQ(Calls("CreateImageCache"), 1u);
  ASSERT_EQ(Id("web"), "");

  StopController();

  EXPECT_EQ(Id("web"), InCloud().front().image_cache_id());
}

TEST_F(ImageCacheControllerTest, SecondCacheOfAnObjectIsDeleted) {
  MakeReady("web");
  const std::string kept = Id("web");
  const eci::v1::ImageCache made = InCloud().front();
  std::vector<std::pair<std::string, std::string>> tags;
  for (const auto& tag : made.tags()) tags.emplace_back(tag.key(), tag.value());
  CreateForeign(tags);

  clock_.Advance(2min);

  ASSERT_THAT(InCloud(), SizeIs(1));
  EXPECT_EQ(InCloud().front().image_cache_id(), kept);
  EXPECT_EQ(Id("web"), kept);
}

TEST_F(ImageCacheControllerTest, AllPagesAreRead) {
  for (int i = 0; i < 60; ++i) Put(Wish("web-" + std::to_string(i), {"web:1"}));
  StartController();
  clock_.Advance(2min);

  for (int i = 0; i < 60; ++i) EXPECT_EQ(Phase("web-" + std::to_string(i)), "Creating") << i;
  EXPECT_EQ(Calls("CreateImageCache"), 60u);
}

}  // namespace
}  // namespace vk::controllers
