#include "provider/controllers/image_cache_object.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <utility>

#include "base/proto_json/json_text.h"
#include "base/sha256.h"
#include "proto/kubernetes/image_cache.pb.h"
#include "provider/controllers/image_cache_request.h"
#include "provider/kube/object_bytes.h"
#include "provider/translate/annotation_names.h"

namespace vk::controllers {
namespace {

namespace json = boost::json;

constexpr char kFinalizer[] = "virtual-node/image-cache";
constexpr char kDigestAnnotation[] = "virtual-node/image-cache-spec";
constexpr std::size_t kDigestDigits = 16;

// With the finalizers of others, and who the object is.
json::object Metadata(const kubernetes::ImageCache& object) {
  json::array finalizers;
  for (const std::string& finalizer : object.metadata().finalizers()) {
    if (finalizer != kFinalizer) finalizers.emplace_back(finalizer);
  }
  return {{"uid", object.metadata().uid()},
          {"resourceVersion", object.metadata().resourceversion()},
          {"finalizers", std::move(finalizers)}};
}

}  // namespace

std::optional<ImageCacheFacts> ReadImageCacheFacts(const std::string& object) {
  kubernetes::ImageCache cache;
  const bool readable = kube::FromBytes(object, &cache).has_value();
  if (!readable || cache.metadata().uid().empty() || cache.spec().images().empty())
    return std::nullopt;
  cache.mutable_metadata()->clear_managedfields();
  cache.mutable_metadata()->clear_resourceversion();
  return ImageCacheFacts{.bytes = kube::ToBytes(cache)};
}

kubernetes::ImageCache ParseImageCache(std::string_view bytes) {
  kubernetes::ImageCache cache;
  if (!kube::FromBytes(bytes, &cache)) cache.Clear();
  return cache;
}

const std::string& UidOf(const kubernetes::ImageCache& object) { return object.metadata().uid(); }

const std::string& IdOf(const kubernetes::ImageCache& object) {
  return object.status().imagecacheid();
}

std::string SpecDigest(const kubernetes::ImageCache& object) {
  std::string text = kube::ToBytes(object.spec());
  // Names without their prefix: caches that were made before carry this digest.
  for (const auto& [key, value] : AnnotationsForCloud(object))
    text += "\n" + key.substr(translate::annotation::kPrefix.size()) + "=" + value;
  return base::Sha256Hex(text).substr(0, kDigestDigits);
}

bool IsBeingDeleted(const kubernetes::ImageCache& object) {
  return object.metadata().has_deletiontimestamp();
}

bool IsTakenOn(const kubernetes::ImageCache& object) {
  const auto& finalizers = object.metadata().finalizers();
  return std::find(finalizers.begin(), finalizers.end(), kFinalizer) != finalizers.end();
}

std::string NotedDigest(const kubernetes::ImageCache& object) {
  const auto& annotations = object.metadata().annotations();
  const auto found = annotations.find(kDigestAnnotation);
  return found == annotations.end() ? std::string() : found->second;
}

std::string TakeOnPatch(const kubernetes::ImageCache& object, const std::string& digest) {
  json::object metadata = Metadata(object);
  metadata["finalizers"].as_array().emplace_back(kFinalizer);
  metadata["annotations"] = json::object{{kDigestAnnotation, digest}};
  return base::FormatJson(json::object{{"metadata", std::move(metadata)}});
}

std::string LetGoPatch(const kubernetes::ImageCache& object) {
  return base::FormatJson(json::object{{"metadata", Metadata(object)}});
}

}  // namespace vk::controllers
