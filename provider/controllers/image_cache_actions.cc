// What a session does for one object.

#include <algorithm>
#include <utility>

#include "eci_client/disposition.h"
#include "proto/eci/v1/image_cache.pb.h"
#include "proto/kubernetes/core/v1/config.pb.h"
#include "proto/kubernetes/image_cache.pb.h"
#include "provider/controllers/image_cache_session.h"
#include "provider/controllers/image_cache_status.h"
#include "provider/kube/custom_resources.h"
#include "provider/kube/object_bytes.h"
#include "provider/translate/registry_credentials.h"

namespace vk::controllers {
namespace {

using base::Error;
using base::ErrorCode;
using base::Status;
using boost::asio::awaitable;
using kubernetes::ImageCache;

constexpr int kTokenDigits = 32;

kube::ObjectKey KeyOf(const ImageCache& object, std::string subresource = {}) {
  return {.ns = {}, .name = object.metadata().name(), .subresource = std::move(subresource)};
}

}  // namespace

awaitable<Status> ImageCacheSession::Do(ImageCacheAction action, const Object* object) {
  const std::string uid = UidOf(*object);
  switch (action) {
    case ImageCacheAction::kTakeOn:
      co_return co_await TakeOn(object);
    case ImageCacheAction::kCreate:
      co_return co_await Create(object);
    case ImageCacheAction::kUpdate:
      co_return co_await Update(object);
    case ImageCacheAction::kDelete: {
      const std::string second = cloud_.SecondOf(uid, IdOf(*object));
      co_return co_await Delete(
          object, second.empty() ? cloud_.Find(uid, IdOf(*object))->image_cache_id() : second);
    }
    case ImageCacheAction::kForget: {
      kubernetes::ImageCacheStatus status;
      status.set_phase(kPhasePending);
      co_return co_await PatchObject(
          object, "status", StatusPatch(*object, std::move(status), parts_.clock.WallNow()));
    }
    case ImageCacheAction::kLetGo:
      co_return co_await LetGo(object);
    case ImageCacheAction::kNothing:
    case ImageCacheAction::kTellGone:
      break;
  }
  co_return Status();
}

awaitable<Status> ImageCacheSession::TakeOn(const Object* object) {
  VK_CO_TRY(fresh, co_await ReadFresh(object));
  if (!IsTakenOn(fresh) && NotedDigest(fresh).empty()) never_made_.insert(UidOf(*object));
  co_return co_await PatchObject(object, "", TakeOnPatch(fresh, SpecDigest(*object)));
}

awaitable<Status> ImageCacheSession::Create(const Object* object) {
  const std::string uid = UidOf(*object);
  VK_CO_TRY(fresh, co_await ReadFresh(object));
  if (!IsTakenOn(fresh) || SpecDigest(fresh) != SpecDigest(*object)) co_return Status();
  eci::v1::CreateImageCacheRequest request;
  if (const auto sent = unsettled_.find(uid); sent != unsettled_.end()) {
    request.ParseFromString(sent->second);
  } else {
    VK_CO_TRY(made, co_await MakeRequest(&fresh));
    request = std::move(made);
  }
  if (!parts_.term.Held())
    co_return std::unexpected(Error(ErrorCode::kCancelled, "another process keeps the caches"));
  const std::string bytes = kube::ToBytes(request);
  const bool never_made = never_made_.erase(uid) > 0;
  const Status made = co_await cloud_.Create(uid, std::move(request), Limits());
  if (!made && base::WasNotSent(made.error()) && !made.error().earlier_try_open) {
    if (never_made) never_made_.insert(uid);
    co_return made;
  }
  const bool open = !made && eci::MayHaveHappened(made.error());
  unsettled_.erase(uid);
  if (open) unsettled_.emplace(uid, bytes);
  // Under the same token with other parameters: there is one, and a listing will show it.
  if (!made && !open && made.error().code != ErrorCode::kAlreadyExists) never_made_.insert(uid);
  VK_CO_CHECK_OK(made);
  Event(*object, kube::EventType::kNormal, "ImageCacheCreated",
        "Created image cache " + cloud_.Find(uid, "")->image_cache_id());
  co_return Status();
}

awaitable<Status> ImageCacheSession::Update(const Object* object) {
  const std::string uid = UidOf(*object);
  VK_CO_TRY(create, co_await MakeRequest(object));
  const CloudImageCaches::Cache* cache = cloud_.Find(uid, IdOf(*object));
  if (cache == nullptr || !parts_.term.Held())
    co_return std::unexpected(Error(ErrorCode::kCancelled, "there is nothing to update"));
  const std::string id = cache->image_cache_id();
  eci::v1::UpdateImageCacheRequest update = MakeUpdateRequest(create, id);
  // A change there and back and there again is three changes.
  update.set_client_token(random_.HexDigits(kTokenDigits));
  VK_CO_CHECK_OK(co_await cloud_.Update(uid, std::move(update), Limits()));
  Event(*object, kube::EventType::kNormal, "ImageCacheUpdated",
        "Gave image cache " + id + " what the object now says");
  co_return Status();
}

awaitable<Status> ImageCacheSession::Delete(const Object* object, std::string id) {
  VK_CO_CHECK_OK(co_await cloud_.Delete(UidOf(*object), id, Limits()));
  parts_.log.Info("deleted an image cache", {{"id", id}, {"name", object->metadata().name()}});
  Event(*object, kube::EventType::kNormal, "ImageCacheDeleted", "Deleted image cache " + id);
  co_return Status();
}

awaitable<Status> ImageCacheSession::LetGo(const Object* object) {
  const auto fresh = co_await parts_.api.Get(kube::kImageCaches, KeyOf(*object), Deadline());
  if (!fresh && fresh.error().code == ErrorCode::kNotFound) co_return Status();
  if (!fresh) co_return std::unexpected(fresh.error());
  const ImageCache now = ParseImageCache(*fresh);
  if (UidOf(now) != UidOf(*object)) co_return Status();
  VK_CO_CHECK_OK(co_await PatchObject(object, "", LetGoPatch(now)));
  const std::string uid = UidOf(*object);
  cloud_.Forget(uid);
  unsettled_.erase(uid);
  never_made_.erase(uid);
  phases_.erase(uid);
  co_return Status();
}

awaitable<base::Result<eci::v1::CreateImageCacheRequest>> ImageCacheSession::MakeRequest(
    const Object* object) {
  VK_CO_TRY(request, MakeCreateRequest(*object, options_.owner, options_.place));
  std::set<std::string> servers;
  for (const std::string& reference : object->spec().imagepullsecrets()) {
    const std::size_t colon = std::min(reference.find(':'), reference.size() - 1);
    const kube::ObjectKey key{
        .ns = reference.substr(0, colon), .name = reference.substr(colon + 1), .subresource = {}};
    const auto bytes = co_await parts_.api.Get(kube::kSecrets, key, Deadline());
    if (!bytes) co_return std::unexpected(Error(bytes.error()).In("pull secret " + reference));
    k8s::io::api::core::v1::Secret secret;
    VK_CO_CHECK_OK(kube::FromBytes(*bytes, &secret));
    const auto credentials = translate::ReadRegistryCredentials(secret);
    if (!credentials) {
      co_return std::unexpected(
          Error(ErrorCode::kNotFound,
                "pull secret " + reference + ": it has no .dockerconfigjson that can be read"));
    }
    for (const auto& credential : *credentials) {
      if (servers.insert(credential.server()).second)
        *request.add_image_registry_credential() = credential;
    }
  }
  co_return std::move(request);
}

awaitable<base::Result<ImageCache>> ImageCacheSession::ReadFresh(const Object* object) {
  VK_CO_TRY(bytes, co_await parts_.api.Get(kube::kImageCaches, KeyOf(*object), Deadline()));
  ImageCache fresh = ParseImageCache(bytes);
  if (UidOf(fresh) != UidOf(*object) || IsBeingDeleted(fresh))
    co_return std::unexpected(Error(ErrorCode::kConflict, "the object has gone meanwhile"));
  co_return fresh;
}

awaitable<Status> ImageCacheSession::PatchObject(const Object* object, std::string subresource,
                                                 std::string patch) {
  if (patch.empty()) co_return Status();
  VK_CO_TRY(bytes,
            co_await parts_.api.Patch(kube::kImageCaches, KeyOf(*object, std::move(subresource)),
                                      kube::PatchType::kMerge, std::move(patch), Deadline()));
  VK_CO_TRY(identity, kube::IdentityOf(bytes));
  // What the watch will tell, now: the next step must not act on what is past.
  const ImageCacheFacts* known = parts_.objects.Find("/" + identity.name);
  if (known != nullptr && UidOf(ParseImageCache(known->bytes)) == identity.uid) {
    parts_.objects.OnEvent(identity, {.type = kube::WatchEventType::kModified,
                                      .object = std::move(bytes),
                                      .received = parts_.clock.Now()});
  }
  co_return Status();
}

}  // namespace vk::controllers
