#include "provider/controllers/image_cache_controller.h"

#include <utility>

#include "provider/kube/cluster_uid.h"
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
      objects_(
          ReadImageCacheFacts,
          [this](const std::string& key, const ImageCacheFacts*, const ImageCacheFacts* now) {
            ObjectChanged(key, now);
          },
          [this] { reflector_.Distrust(); }, [this] { Listed(); }),
      reflector_(AllObjects(), parts.api, parts.clock, random.Split("objects"), parts.log,
                 parts.metrics, objects_),
      terms_({.lease = {.ns = kube::kSystemNamespace, .name = kLease, .identity = options_.process},
              .subject = "image caches",
              .release_limit = options_.settle_limit},
             parts.api, parts.clock, random.Split("lease"), parts.log, std::move(holder_is_gone),
             {.run = [this](kube::LeaseTerm* term) { return RunSession(term); },
              .on_held = [this] { Listed(); }},
             executor) {}

ImageCacheController::~ImageCacheController() = default;

awaitable<void> ImageCacheController::Run() {
  const auto uid = co_await kube::ReadClusterUid(
      parts_.api, parts_.clock, options_.call_limit, [this](const base::Error& error) {
        parts_.log.Warn("cannot read the UID of namespace kube-system", {{"error", error.message}});
      });
  if (!uid) co_return;  // Its only error is a cancellation.
  kube_system_uid_ = *uid;
  tasks_.Spawn("image cache objects", reflector_.Run());
  if (co_await needed_.Wait()) co_await terms_.Run();
  tasks_.Cancel();
  co_await tasks_.Join();
}

awaitable<void> ImageCacheController::RunSession(kube::LeaseTerm* term) {
  const ImageCacheSessionOptions options{
      .owner = {.cluster_id = options_.cluster_id.empty() ? kube_system_uid_ : options_.cluster_id,
                .kube_system_uid = kube_system_uid_},
      .place = options_.place,
      .call_limit = options_.call_limit,
      .settle_limit = options_.settle_limit};
  session_ = std::make_unique<ImageCacheSession>(options,
                                                 ImageCacheSession::Parts{.api = parts_.api,
                                                                          .caches = parts_.caches,
                                                                          .events = parts_.events,
                                                                          .clock = parts_.clock,
                                                                          .log = parts_.log,
                                                                          .metrics = parts_.metrics,
                                                                          .term = *term,
                                                                          .objects = objects_},
                                                 random_.Split("session"), executor_);
  co_await session_->Run();
  session_.reset();
}

void ImageCacheController::ObjectChanged(const std::string& key, const ImageCacheFacts* now) {
  if (now != nullptr) needed_.Set();
  if (session_) session_->Changed(key, now);
}

void ImageCacheController::Listed() {
  if (session_) session_->PollAgain();
}

}  // namespace vk::controllers
