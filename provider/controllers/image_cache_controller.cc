#include "provider/controllers/image_cache_controller.h"

#include <utility>

#include "provider/controllers/cluster_uid.h"
#include "provider/kube/custom_resources.h"

namespace vk::controllers {
namespace {

using boost::asio::awaitable;

constexpr char kLease[] = "virtual-node-image-caches";
// So soon after the kind was defined its objects are seen.
constexpr base::ExponentialBackoff kListBackoff{.first = std::chrono::milliseconds(800),
                                                .cap = std::chrono::milliseconds(10'000),
                                                .jitter = 0.5};

kube::ReflectorOptions AllObjects() {
  return {.resource = kube::kImageCaches,
          .ns = {},
          .field_selector = {},
          .label_selector = {},
          .backoff = kListBackoff};
}

}  // namespace

ImageCacheController::ImageCacheController(ImageCacheControllerOptions options, Parts parts,
                                           base::Random random,
                                           kube::LeaseElection::HolderIsGone holder_is_gone,
                                           boost::asio::any_io_executor executor)
    : options_(std::move(options)),
      parts_(parts),
      random_(random),
      executor_(executor),
      tasks_(executor),
      needed_(executor),
      session_over_(executor),
      objects_(
          ReadImageCacheFacts,
          [this](const std::string& key, const ImageCacheFacts*, const ImageCacheFacts* now) {
            ObjectChanged(key, now);
          },
          [this] { reflector_.Distrust(); }, [this] { Listed(); }),
      reflector_(AllObjects(), parts.api, parts.clock, random.Split("objects"), parts.log,
                 parts.metrics, objects_),
      lease_({.ns = kSystemNamespace, .name = kLease, .identity = options_.process}, parts.api,
             parts.clock, random.Split("lease"), parts.log, std::move(holder_is_gone), *this,
             executor) {}

ImageCacheController::~ImageCacheController() = default;

awaitable<void> ImageCacheController::Run() {
  const auto uid = co_await ReadClusterUid(parts_.api, parts_.clock, options_.call_limit);
  if (!uid) co_return;
  kube_system_uid_ = *uid;
  tasks_.Spawn("image cache objects", reflector_.Run());
  if (co_await needed_.Wait()) {
    tasks_.Spawn("image cache lease", lease_.Run());
    co_await Lead();
  }
  tasks_.Cancel();
  co_await tasks_.Join();
  co_await base::Shielded([](ImageCacheController* self) -> awaitable<void> {
    const base::Status released =
        co_await self->lease_.Release(self->parts_.clock.Now() + self->options_.settle_limit);
    if (!released)
      self->parts_.log.Warn("cannot release the lease of image caches",
                            {{"error", released.error().message}});
  }(this));
}

awaitable<void> ImageCacheController::Lead() {
  ImageCacheSessionOptions options{
      .owner = {.cluster_id = options_.cluster_id.empty() ? kube_system_uid_ : options_.cluster_id,
                .kube_system_uid = kube_system_uid_},
      .place = options_.place,
      .call_limit = options_.call_limit};
  while (!co_await base::Cancelled()) {
    if (!co_await lease_.WaitHeld()) co_return;
    session_ =
        std::make_unique<ImageCacheSession>(options,
                                            ImageCacheSession::Parts{.api = parts_.api,
                                                                     .caches = parts_.caches,
                                                                     .events = parts_.events,
                                                                     .clock = parts_.clock,
                                                                     .log = parts_.log,
                                                                     .metrics = parts_.metrics,
                                                                     .lease = lease_,
                                                                     .objects = objects_},
                                            random_.Split("session"), executor_);
    co_await session_->Run(session_over_);
    session_.reset();
  }
}

void ImageCacheController::ObjectChanged(const std::string& key, const ImageCacheFacts* now) {
  if (now != nullptr) needed_.Set();
  if (session_) session_->Changed(key, now);
}

void ImageCacheController::Listed() {
  if (session_) session_->LookAgain();
}

void ImageCacheController::OnHeld() {
  if (session_) session_->LookAgain();
}

void ImageCacheController::OnLost() {
  parts_.log.Warn("the lease of image caches was not renewed in time: nothing is done to them");
}

void ImageCacheController::OnWaiting(std::string_view holder) {
  parts_.log.Info("another process keeps the image caches", {{"holder", std::string(holder)}});
  if (session_) session_over_.Set();
}

void ImageCacheController::OnTurnedBack() {
  if (session_) session_over_.Set();
}

}  // namespace vk::controllers
