#include "provider/kube/object_bytes.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>

#include <limits>

#include "proto/kubernetes/meta/v1/meta.pb.h"

namespace vk::kube {
namespace {

namespace meta = k8s::io::apimachinery::pkg::apis::meta::v1;

bool Parse(std::string_view bytes, google::protobuf::Message* message) {
  if (bytes.size() > std::numeric_limits<int>::max()) return false;
  if (!message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
  message->DiscardUnknownFields();
  return true;
}

}  // namespace

std::string ToBytes(const google::protobuf::Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream out(&stream);
  out.SetSerializationDeterministic(true);
  message.SerializePartialToCodedStream(&out);
  out.Trim();
  return bytes;
}

base::Status FromBytes(std::string_view bytes, google::protobuf::Message* message) {
  if (Parse(bytes, message)) return {};
  return std::unexpected(base::Error(
      base::ErrorCode::kInternal, "read " + message->GetTypeName() + ": not its protobuf bytes (" +
                                      std::to_string(bytes.size()) + " bytes)"));
}

base::Result<ObjectIdentity> IdentityOf(std::string_view object) {
  meta::PartialObjectMetadata partial;
  VK_CHECK_OK(FromBytes(object, &partial));
  meta::ObjectMeta& metadata = *partial.mutable_metadata();
  return ObjectIdentity{.ns = std::move(*metadata.mutable_namespace_()),
                        .name = std::move(*metadata.mutable_name()),
                        .uid = std::move(*metadata.mutable_uid()),
                        .resource_version = std::move(*metadata.mutable_resourceversion())};
}

}  // namespace vk::kube
