#include "provider/controllers/cloud_image_caches.h"

#include <algorithm>
#include <utility>

#include "base/page_tokens.h"
#include "proto/eci/v1/image_cache.pb.h"

namespace vk::controllers {

using base::ErrorCode;
using base::Status;
using boost::asio::awaitable;

CloudImageCaches::CloudImageCaches(ImageCacheOwner owner, eci::ImageCacheApi& api,
                                   base::Clock& clock, std::chrono::seconds call_limit)
    : owner_(std::move(owner)), api_(api), clock_(clock), call_limit_(call_limit) {}

CloudImageCaches::~CloudImageCaches() = default;

awaitable<Status> CloudImageCaches::Read() {
  const base::TimePoint begin = clock_.Now();
  std::map<std::string, std::vector<Cache>> listed;
  eci::v1::DescribeImageCachesRequest request;
  for (const auto& [key, value] : OwnerTags(owner_)) {
    auto* tag = request.add_tag();
    tag->set_key(key);
    tag->set_value(value);
  }
  base::PageTokens tokens;
  do {
    VK_CO_TRY(page, co_await api_.DescribeImageCaches(request, clock_.Now() + call_limit_));
    for (Cache& cache : *page.mutable_image_caches()) {
      const std::string uid = UidOfCache(cache, owner_);
      if (!uid.empty()) listed[uid].push_back(std::move(cache));
    }
    VK_CO_CHECK_OK(tokens.Advance(page.next_token()));
    request.set_next_token(tokens.next());
  } while (!tokens.done());
  for (auto& [uid, caches] : listed) {
    std::ranges::sort(caches, {}, [](const Cache& cache) {
      return std::pair(cache.creation_time(), cache.image_cache_id());
    });
  }
  for (const auto& [uid, when] : touched_) {
    if (when < begin) continue;
    listed.erase(uid);
    if (const auto known = caches_.find(uid); known != caches_.end()) listed.insert(*known);
  }
  std::erase_if(touched_, [&](const auto& entry) { return entry.second < begin; });
  caches_ = std::move(listed);
  listed_ = begin;
  co_return Status();
}

const CloudImageCaches::Cache* CloudImageCaches::Find(const std::string& uid,
                                                      const std::string& id) const {
  const auto found = caches_.find(uid);
  if (found == caches_.end() || found->second.empty()) return nullptr;
  const auto named = std::ranges::find(found->second, id, &Cache::image_cache_id);
  return named == found->second.end() ? &found->second.front() : &*named;
}

std::string CloudImageCaches::SecondOf(const std::string& uid, const std::string& id) const {
  const Cache* first = Find(uid, id);
  if (first == nullptr) return {};
  for (const Cache& cache : caches_.at(uid)) {
    if (&cache != first) return cache.image_cache_id();
  }
  return {};
}

bool CloudImageCaches::IsGone(const std::string& uid) {
  if (Find(uid, "") != nullptr) {
    absent_.erase(uid);
    return false;
  }
  const auto touched = touched_.find(uid);
  const auto known = absent_.find(uid);
  if (known != absent_.end() && known->second.certain) return true;
  if (touched != touched_.end() && touched->second >= listed_) return false;
  if (known == absent_.end()) {
    absent_.emplace(uid, Absence{.since = listed_});
    return false;
  }
  return listed_ >= known->second.since + kSecondLook;
}

awaitable<Status> CloudImageCaches::Create(std::string uid,
                                           eci::v1::CreateImageCacheRequest request,
                                           eci::WriteLimits limits) {
  absent_.erase(uid);
  touched_[uid] = base::TimePoint::max();
  const auto made = co_await api_.CreateImageCache(request, limits);
  touched_[uid] = clock_.Now();
  if (!made) co_return std::unexpected(made.error());
  Cache cache;
  cache.set_image_cache_id(made->image_cache_id());
  cache.set_image_cache_name(request.image_cache_name());
  cache.set_status("Creating");
  cache.set_progress("0%");
  *cache.mutable_images() = request.image();
  *cache.mutable_tags() = request.tag();
  caches_[uid] = {std::move(cache)};
  co_return Status();
}

awaitable<Status> CloudImageCaches::Update(std::string uid,
                                           eci::v1::UpdateImageCacheRequest request,
                                           eci::WriteLimits limits) {
  touched_[uid] = base::TimePoint::max();
  const auto done = co_await api_.UpdateImageCache(request, limits);
  touched_[uid] = clock_.Now();
  if (!done) co_return std::unexpected(done.error());
  for (Cache& cache : caches_[uid]) {
    if (cache.image_cache_id() != request.image_cache_id()) continue;
    cache.set_status("Updating");
    cache.set_progress("0%");
    *cache.mutable_tags() = request.tag();
  }
  co_return Status();
}

awaitable<Status> CloudImageCaches::Delete(std::string uid, std::string id,
                                           eci::WriteLimits limits) {
  touched_[uid] = base::TimePoint::max();
  eci::v1::DeleteImageCacheRequest request;
  request.set_image_cache_id(id);
  const auto done = co_await api_.DeleteImageCache(std::move(request), limits);
  touched_[uid] = clock_.Now();
  if (!done && done.error().code != ErrorCode::kNotFound) co_return std::unexpected(done.error());
  const auto known = caches_.find(uid);
  if (known == caches_.end()) co_return Status();
  std::erase_if(known->second, [&](const Cache& cache) { return cache.image_cache_id() == id; });
  if (!known->second.empty()) co_return Status();
  caches_.erase(known);
  absent_.insert_or_assign(uid, Absence{.since = clock_.Now(), .certain = true});
  co_return Status();
}

void CloudImageCaches::Forget(const std::string& uid) { absent_.erase(uid); }

}  // namespace vk::controllers
