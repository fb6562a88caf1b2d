#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "eci_client/image_cache_api.h"
#include "provider/controllers/image_cache_request.h"

namespace vk::controllers {

// Our caches in the cloud, as the last listing and our own calls since then show them. Used on the
// core thread.
class CloudImageCaches {
 public:
  using Cache = eci::v1::ImageCache;

  // A cache that is not listed is believed gone after two listings so far apart: a listing may be
  // late, and one without permission is empty.
  static constexpr std::chrono::seconds kSecondLook{30};

  // REQUIRES: api and clock outlive it.
  CloudImageCaches(ImageCacheOwner owner, eci::ImageCacheApi& api, base::Clock& clock,
                   std::chrono::seconds call_limit);
  ~CloudImageCaches();

  // Lists them all. Calls may go on meanwhile: of the objects that they are about the listing
  // proves nothing. Errors: the cloud's; what was known stays.
  boost::asio::awaitable<base::Status> Read();

  // The cache of the object with this UID: the one of that id, else the oldest; null: none is
  // known.
  const Cache* Find(const std::string& uid, const std::string& id) const;
  // Another one of the same object; empty: there is none.
  std::string SecondOf(const std::string& uid, const std::string& id) const;
  // It is not there. To be asked after each listing, since it counts how long that is so.
  bool IsGone(const std::string& uid);
  // By UID.
  const std::map<std::string, std::vector<Cache>>& all() const { return caches_; }

  // Errors: the cloud's.
  boost::asio::awaitable<base::Status> Create(std::string uid,
                                              eci::v1::CreateImageCacheRequest request,
                                              eci::WriteLimits limits);
  boost::asio::awaitable<base::Status> Update(std::string uid,
                                              eci::v1::UpdateImageCacheRequest request,
                                              eci::WriteLimits limits);
  // That it is gone already is success.
  boost::asio::awaitable<base::Status> Delete(std::string uid, std::string id,
                                              eci::WriteLimits limits);

  // Nobody will ask for it again.
  void Forget(const std::string& uid);

 private:
  struct Absence {
    base::TimePoint since;
    bool certain = false;  // We deleted it.
  };

  const ImageCacheOwner owner_;
  eci::ImageCacheApi& api_;
  base::Clock& clock_;
  const std::chrono::seconds call_limit_;
  base::TimePoint listed_;                            // When the last listing began.
  std::map<std::string, std::vector<Cache>> caches_;  // By UID; the oldest first.
  std::map<std::string, base::TimePoint> touched_;    // When our last call about it ended.
  std::map<std::string, Absence> absent_;
};

}  // namespace vk::controllers
