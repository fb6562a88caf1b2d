#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "eci_client/image_cache_client.h"
#include "proto/eci/v1/image_cache.pb.h"
#include "proto/kubernetes/core/v1/config.pb.h"
#include "proto/kubernetes/image_cache.pb.h"
#include "provider/controllers/image_cache_controller.h"
#include "provider/kube/custom_resources.h"
#include "provider/kube/object_bytes.h"
#include "test/provider/agent/agent_world.h"
#include "tools/fake_eci/engine/image_cache/image_cache.h"
#include "tools/fake_eci/engine/image_cache/image_host.h"

namespace vk::controllers {

// An API server that does not know the kind, loses patches of its status, or writes of the Lease.
class CacheKubeFaults final : public kube::FakeKubeFaults {
 public:
  bool undefined = false;
  bool lose_status_patches = false;
  bool lose_lease = false;

  Request BeforeEffect(const kube::KubeCall& call) override {
    if (lose_lease && call.resource.plural == kube::kLeases.plural)
      return {.latency = {}, .error = base::Error(base::ErrorCode::kUnavailable, "lost")};
    if (call.resource.plural != kube::kImageCaches.plural) return {};
    if (undefined) {
      return {.latency = {},
              .error = base::Error(base::ErrorCode::kNotFound,
                                   "the server could not find the requested resource")};
    }
    if (lose_status_patches && call.key.subresource == "status")
      return {.latency = {}, .error = base::Error(base::ErrorCode::kUnavailable, "lost")};
    return {};
  }
};

// Pulls nothing: a test says what became of a pull.
class PullsByHand final : public fake::ImageHost {
 public:
  void Hold(const fake::ImageCache& cache) override {
    rounds.push_back(
        {.kind = fake::ImageReport::Kind::kHeld, .cache = cache.number, .epoch = cache.epoch});
    pull_secrets = cache.pull_secrets;
  }
  void Remember(const fake::ImageCache&) override {}
  void Drop(const fake::ImageCache&) override {}

  std::vector<fake::ImageReport> rounds;
  std::string pull_secrets;  // The newest request's.
};

// The controller between the API server in memory and the fake cloud's OpenAPI, in virtual time.
class ImageCacheWorld : public agent::AgentWorld {
 protected:
  static constexpr char kCaller[] = "key";

  ImageCacheWorld() {
    cloud_.set_image_host(&host_);
    caches_ = std::make_unique<eci::ImageCacheClient>(*channel_, "cn-hangzhou");
  }
  ~ImageCacheWorld() override {
    StopController();
    tasks_.Cancel();
    clock_.Advance(std::chrono::seconds(30));
  }

  void StartController(const std::string& process = "this-process") {
    ImageCacheControllerOptions options;
    options.cluster_id = "c1";
    options.place = {.v_switches = {"vsw-1", "vsw-2"}, .security_groups = {"sg-1"}};
    options.process = process;
    controller_client_ =
        std::make_unique<kube::FakeKubeClient>(server_, io_.get_executor(), clock_, cache_faults_);
    controller_ = std::make_unique<ImageCacheController>(
        options,
        ImageCacheController::Parts{.api = *controller_client_,
                                    .caches = *caches_,
                                    .events = agent_->recorder(),
                                    .clock = agent_clock_,
                                    .log = agent_log_,
                                    .metrics = metrics_},
        random_.Split("controller"), [this](std::string_view) { return holders_are_gone_; },
        io_.get_executor());
    controller_tasks_ = std::make_unique<base::TaskGroup>(io_.get_executor());
    controller_tasks_->Spawn("controller", controller_->Run());
    clock_.Advance(std::chrono::seconds(3));
  }
  void StopController() {
    if (!controller_) return;
    controller_tasks_->Cancel();
    clock_.Advance(std::chrono::seconds(10));
    controller_.reset();
    controller_client_.reset();
  }

  static kube::ObjectKey Key(const std::string& name) {
    return {.ns = {}, .name = name, .subresource = {}};
  }
  void Put(const kubernetes::ImageCache& object) {
    const auto& name = object.metadata().name();
    const auto done = server_.Get(kube::kImageCaches, Key(name))
                          ? server_.Update(kube::kImageCaches, Key(name), kube::ToBytes(object))
                          : server_.Create(kube::kImageCaches, Key(name), kube::ToBytes(object));
    ASSERT_TRUE(done) << done.error().message;
  }
  static kubernetes::ImageCache Wish(const std::string& name,
                                     const std::vector<std::string>& images) {
    kubernetes::ImageCache object;
    object.mutable_metadata()->set_name(name);
    for (const std::string& image : images) object.mutable_spec()->add_images(image);
    return object;
  }
  void SetImage(const std::string& name, const std::string& image) {
    kubernetes::ImageCache object = Object(name);
    object.mutable_spec()->set_images(0, image);
    Put(object);
  }
  // Empty when there is none.
  kubernetes::ImageCache Object(const std::string& name) const {
    const auto bytes = server_.Get(kube::kImageCaches, Key(name));
    return bytes ? ParseImageCache(*bytes) : kubernetes::ImageCache();
  }
  bool Exists(const std::string& name) const { return Object(name).has_metadata(); }
  std::string Phase(const std::string& name) const { return Object(name).status().phase(); }
  std::string Id(const std::string& name) const { return Object(name).status().imagecacheid(); }
  void Delete(const std::string& name) {
    ASSERT_TRUE(server_.Delete(kube::kImageCaches, Key(name), {}));
  }

  void Pulled(fake::ImageReport::Kind kind = fake::ImageReport::Kind::kHeld,
              const std::string& message = {}) {
    ASSERT_FALSE(host_.rounds.empty());
    fake::ImageReport report = host_.rounds.back();
    report.kind = kind;
    report.message = message;
    cloud_.Report(report);
    clock_.Advance(std::chrono::seconds(5));
  }
  // Somebody's own calls.
  std::string CreateForeign(const std::vector<std::pair<std::string, std::string>>& tags) {
    eci::v1::CreateImageCacheRequest request;
    request.set_region_id("cn-hangzhou");
    request.set_image_cache_name("foreign");
    request.add_image("foreign:1");
    for (const auto& [key, value] : tags) {
      auto* tag = request.add_tag();
      tag->set_key(key);
      tag->set_value(value);
    }
    eci::v1::CreateImageCacheResponse reply;
    EXPECT_TRUE(cloud_.Call(kCaller, "CreateImageCache", request, &reply).status);
    return reply.image_cache_id();
  }
  void DeleteInCloud(const std::string& id) {
    eci::v1::DeleteImageCacheRequest request;
    request.set_region_id("cn-hangzhou");
    request.set_image_cache_id(id);
    eci::v1::DeleteImageCacheResponse reply;
    ASSERT_TRUE(cloud_.Call(kCaller, "DeleteImageCache", request, &reply).status);
  }
  std::vector<eci::v1::ImageCache> InCloud() {
    eci::v1::DescribeImageCachesRequest request;
    request.set_region_id("cn-hangzhou");
    eci::v1::DescribeImageCachesResponse reply;
    EXPECT_TRUE(cloud_.Call("another-key", "DescribeImageCaches", request, &reply).status);
    return {reply.image_caches().begin(), reply.image_caches().end()};
  }
  std::size_t Calls(std::string_view action) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        cloud_.calls(), [&](const auto& call) { return call.action == action; }));
  }
  std::size_t Polls() const { return Calls("DescribeImageCaches"); }

  bool holders_are_gone_ = true;  // True: the process that holds the Lease has ended.
  CacheKubeFaults cache_faults_;
  PullsByHand host_;
  std::unique_ptr<eci::ImageCacheClient> caches_;
  std::unique_ptr<kube::FakeKubeClient> controller_client_;
  std::unique_ptr<ImageCacheController> controller_;
  std::unique_ptr<base::TaskGroup> controller_tasks_;
};

}  // namespace vk::controllers
