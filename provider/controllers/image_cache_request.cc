#include "provider/controllers/image_cache_request.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/proto_json/field_value.h"
#include "base/sha256.h"
#include "proto/eci/v1/image_cache.pb.h"
#include "proto/kubernetes/image_cache.pb.h"
#include "provider/controllers/image_cache_object.h"
#include "provider/translate/annotation_names.h"
#include "provider/translate/identity.h"

namespace vk::controllers {
namespace {

using base::Error;
using base::ErrorCode;
using eci::v1::CreateImageCacheRequest;
namespace annotation = translate::annotation;

constexpr char kClusterTag[] = "virtual-node/cluster";
constexpr char kSystemTag[] = "virtual-node/kube-system-uid";
constexpr char kNameTag[] = "virtual-node/image-cache";
constexpr char kUidTag[] = "virtual-node/image-cache-uid";
constexpr char kDigestTag[] = "virtual-node/image-cache-spec";
constexpr std::size_t kTokenDigits = 32;

struct FieldAnnotation {
  std::string_view name;
  const char* field;  // A field of CreateImageCacheRequest.
};
constexpr FieldAnnotation kFields[] = {
    {annotation::kCacheVSwitches, "v_switch_id"},
    {annotation::kCacheSecurityGroup, "security_group_id"},
    {annotation::kCacheResourceGroup, "resource_group_id"},
    {annotation::kCacheOsType, "os_type"},
    {annotation::kCacheReuse, "auto_match_image_cache"},
    {annotation::kCacheFlash, "flash"},
    {annotation::kCacheSize, "image_cache_size"},
    {annotation::kCacheRetention, "retention_days"},
    {annotation::kCachePlainHttp, "plain_http_registry"},
    {annotation::kCacheInsecure, "insecure_registry"},
    {annotation::kCacheEip, "eip_instance_id"},
};

// Lists of equal length that describe the registries together.
struct RegistryAnnotation {
  std::string_view name;
  const char* field;  // A field of AcrRegistryInfo.
};
constexpr RegistryAnnotation kRegistryFields[] = {
    {annotation::kCacheAcrInstances, "instance_id"},
    {annotation::kCacheAcrServiceArns, "arn_service"},
    {annotation::kCacheAcrUserArns, "arn_user"},
};

using Annotations = std::map<std::string, std::string>;

std::vector<std::string> Split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    if (end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

const google::protobuf::FieldDescriptor& Field(const google::protobuf::Message& message,
                                               const char* name) {
  return *message.GetDescriptor()->FindFieldByName(name);
}

base::Status PutFields(const Annotations& annotations, CreateImageCacheRequest* request) {
  for (const FieldAnnotation& known : kFields) {
    const auto given = annotations.find(std::string(known.name));
    if (given == annotations.end()) continue;
    const auto& field = Field(*request, known.field);
    auto value = base::ParseFieldText(field, given->second);
    if (!value) {
      return std::unexpected(Error(ErrorCode::kInvalidArgument,
                                   fmt::format("annotation {}: \"{}\" is no {}", known.name,
                                               given->second, base::TypeName(field))));
    }
    base::PutField(request, field, *std::move(value));
  }
  const auto eip = annotations.find(std::string(annotation::kCacheAutoEip));
  if (eip != annotations.end() && eip->second == "true") {
    return std::unexpected(
        Error(ErrorCode::kInvalidArgument,
              fmt::format("annotation {}: no EIP is made for a cache; name one with {}, "
                          "or give the vSwitch a NAT gateway",
                          annotation::kCacheAutoEip, annotation::kCacheEip)));
  }
  return {};
}

void PutRegistries(const Annotations& annotations, CreateImageCacheRequest* request) {
  for (const RegistryAnnotation& known : kRegistryFields) {
    const auto given = annotations.find(std::string(known.name));
    if (given == annotations.end()) continue;
    const std::vector<std::string> values = Split(given->second);
    for (std::size_t i = 0; i < values.size(); ++i) {
      while (request->acr_registry_info_size() <= static_cast<int>(i))
        request->add_acr_registry_info();
      auto* registry = request->mutable_acr_registry_info(static_cast<int>(i));
      base::PutField(registry, Field(*registry, known.field), values[i]);
    }
  }
}

void PutSpec(const kubernetes::ImageCacheSpec& spec, CreateImageCacheRequest* request) {
  for (const std::string& image : spec.images()) request->add_image(image);
  if (spec.imagecachesize() > 0) request->set_image_cache_size(spec.imagecachesize());
  if (spec.retentiondays() > 0) request->set_retention_days(spec.retentiondays());
}

void AddTag(const std::string& key, const std::string& value, CreateImageCacheRequest* request) {
  auto* tag = request->add_tag();
  tag->set_key(key);
  tag->set_value(value);
}

std::string TagOf(const eci::v1::ImageCache& cache, const std::string& key) {
  const auto tag = std::ranges::find(cache.tags(), key, [](const auto& t) { return t.key(); });
  return tag == cache.tags().end() ? std::string() : tag->value();
}

}  // namespace

Annotations AnnotationsForCloud(const kubernetes::ImageCache& object) {
  Annotations known;
  for (const auto& [key, value] : object.metadata().annotations()) {
    const bool counts =
        key == annotation::kCacheCpuArch || key == annotation::kCacheAutoEip ||
        std::ranges::find(kFields, key, &FieldAnnotation::name) != std::end(kFields) ||
        std::ranges::find(kRegistryFields, key, &RegistryAnnotation::name) !=
            std::end(kRegistryFields);
    if (counts) known.emplace(key, value);
  }
  return known;
}

base::Result<CreateImageCacheRequest> MakeCreateRequest(const kubernetes::ImageCache& object,
                                                        const ImageCacheOwner& owner,
                                                        const ImageCachePlace& place) {
  const Annotations annotations = AnnotationsForCloud(object);
  const std::string digest = SpecDigest(object);
  CreateImageCacheRequest request;
  request.set_image_cache_name(object.metadata().name());
  request.set_v_switch_id(fmt::format("{}", fmt::join(place.v_switches, ",")));
  if (!place.security_groups.empty()) request.set_security_group_id(place.security_groups.front());
  VK_CHECK_OK(PutFields(annotations, &request));
  PutRegistries(annotations, &request);
  PutSpec(object.spec(), &request);
  if (const auto arch = annotations.find(std::string(annotation::kCacheCpuArch));
      arch != annotations.end())
    request.set_annotations(
        fmt::format(R"({{"{}":"{}"}})", annotation::kCacheCpuArch, arch->second));
  for (const auto& [key, value] : OwnerTags(owner)) AddTag(key, value, &request);
  AddTag(kNameTag, translate::TagValue(object.metadata().name()), &request);
  AddTag(kUidTag, object.metadata().uid(), &request);
  AddTag(kDigestTag, digest, &request);
  request.set_client_token(
      base::Sha256Hex(fmt::format("image cache\n{}\n{}\n{}\n{}\n{}", owner.kube_system_uid,
                                  owner.cluster_id, object.metadata().uid(),
                                  object.metadata().generation(), digest))
          .substr(0, kTokenDigits));
  return request;
}

eci::v1::UpdateImageCacheRequest MakeUpdateRequest(const CreateImageCacheRequest& create,
                                                   const std::string& id) {
  eci::v1::UpdateImageCacheRequest update;
  for (int i = 0; i < update.GetDescriptor()->field_count(); ++i) {
    const auto& field = *update.GetDescriptor()->field(i);
    const auto* same = create.GetDescriptor()->FindFieldByName(field.name());
    if (field.is_repeated() || same == nullptr || !create.GetReflection()->HasField(create, same))
      continue;
    base::PutField(&update, field, base::GetField(create, *same));
  }
  update.set_image_cache_id(id);
  *update.mutable_image() = create.image();
  *update.mutable_image_registry_credential() = create.image_registry_credential();
  *update.mutable_tag() = create.tag();
  for (const auto& registry : create.acr_registry_info())
    update.add_acr_registry_info()->set_instance_id(registry.instance_id());
  return update;
}

Annotations OwnerTags(const ImageCacheOwner& owner) {
  return {{kClusterTag, translate::TagValue(owner.cluster_id)},
          {kSystemTag, owner.kube_system_uid}};
}

std::string UidOfCache(const eci::v1::ImageCache& cache, const ImageCacheOwner& owner) {
  for (const auto& [key, value] : OwnerTags(owner)) {
    if (TagOf(cache, key) != value) return {};
  }
  return TagOf(cache, kUidTag);
}

std::string NameOfCache(const eci::v1::ImageCache& cache) { return TagOf(cache, kNameTag); }

std::string DigestOfCache(const eci::v1::ImageCache& cache) { return TagOf(cache, kDigestTag); }

}  // namespace vk::controllers
