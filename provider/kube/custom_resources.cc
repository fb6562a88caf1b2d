#include "provider/kube/custom_resources.h"

#include "proto/kubernetes/image_cache.pb.h"

namespace vk::kube {

const google::protobuf::Message* MessageOfJsonKind(const Resource& resource) {
  const bool is_image_cache =
      resource.group == kImageCaches.group && resource.plural == kImageCaches.plural;
  return is_image_cache ? &kubernetes::ImageCache::default_instance() : nullptr;
}

}  // namespace vk::kube
