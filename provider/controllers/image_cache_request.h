#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace vk::eci::v1 {
class CreateImageCacheRequest;
class ImageCache;
class UpdateImageCacheRequest;
}  // namespace vk::eci::v1
namespace vk::kubernetes {
class ImageCache;
}

namespace vk::controllers {

// An ImageCache object as the cloud's calls, and what its cache carries so that it is known again.
// Pure functions.

// The owner of the caches. Both are on every cache, and filters of every listing: a cache that
// lacks one of them is never touched.
struct ImageCacheOwner {
  std::string cluster_id;
  std::string kube_system_uid;
};

// Where caches are made unless an object's annotations say otherwise.
struct ImageCachePlace {
  std::vector<std::string> v_switches;
  std::vector<std::string> security_groups;
};

// The annotations that go to the cloud, by their whole names.
std::map<std::string, std::string> AnnotationsForCloud(const kubernetes::ImageCache& object);

// Everything but credentials. The ClientToken depends on owner, UID, generation and digest alone,
// so that every process sends the same for the same wish, and another for a wish that comes again
// after a change: the cloud would name the cache that is gone. Errors: kInvalidArgument naming an
// annotation.
base::Result<eci::v1::CreateImageCacheRequest> MakeCreateRequest(
    const kubernetes::ImageCache& object, const ImageCacheOwner& owner,
    const ImageCachePlace& place);

// Makes the cache of that id what the creation would make.
eci::v1::UpdateImageCacheRequest MakeUpdateRequest(const eci::v1::CreateImageCacheRequest& create,
                                                   const std::string& id);

// By key: the filters of a listing of all our caches.
std::map<std::string, std::string> OwnerTags(const ImageCacheOwner& owner);
// The UID of the object that a listed cache was made for; empty when it is none of this owner's.
std::string UidOfCache(const eci::v1::ImageCache& cache, const ImageCacheOwner& owner);
std::string NameOfCache(const eci::v1::ImageCache& cache);
std::string DigestOfCache(const eci::v1::ImageCache& cache);

}  // namespace vk::controllers
