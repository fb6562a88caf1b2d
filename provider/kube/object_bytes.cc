#include "provider/kube/object_bytes.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>
#include <google/protobuf/wire_format_lite.h>

#include <limits>

#include "proto/kubernetes/meta/v1/meta.pb.h"

namespace vk::kube {
namespace {

namespace meta = k8s::io::apimachinery::pkg::apis::meta::v1;
using google::protobuf::internal::WireFormatLite;

bool Parse(std::string_view bytes, google::protobuf::Message* message) {
  if (bytes.size() > std::numeric_limits<int>::max()) return false;
  if (!message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
  message->DiscardUnknownFields();
  return true;
}

base::Error NotTheBytesOf(const google::protobuf::Message& message, std::size_t size) {
  return base::Error(base::ErrorCode::kInternal, "read " + message.GetTypeName() +
                                                     ": not its protobuf bytes (" +
                                                     std::to_string(size) + " bytes)");
}

// Skips the rest of the object instead of keeping it as unknown fields: this is done for every
// event of every watch.
bool ReadMetadata(std::string_view object, meta::ObjectMeta* metadata) {
  constexpr std::uint32_t kMetadata = WireFormatLite::MakeTag(
      meta::PartialObjectMetadata::kMetadataFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  if (object.size() > std::numeric_limits<int>::max()) return false;
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(object.data()),
                                            static_cast<int>(object.size()));
  while (const std::uint32_t tag = in.ReadTag()) {
    if (tag != kMetadata) {
      if (!WireFormatLite::SkipField(&in, tag)) return false;
      continue;
    }
    std::uint32_t length = 0;
    if (!in.ReadVarint32(&length)) return false;
    if (length > object.size() - static_cast<std::size_t>(in.CurrentPosition())) return false;
    const auto around = in.PushLimit(static_cast<int>(length));
    if (!metadata->MergeFromCodedStream(&in) || !in.CheckEntireMessageConsumedAndPopLimit(around))
      return false;
  }
  return in.ConsumedEntireMessage();
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
  return std::unexpected(NotTheBytesOf(*message, bytes.size()));
}

base::Result<ObjectIdentity> IdentityOf(std::string_view object) {
  meta::ObjectMeta metadata;
  if (!ReadMetadata(object, &metadata))
    return std::unexpected(NotTheBytesOf(meta::PartialObjectMetadata(), object.size()));
  return ObjectIdentity{.ns = std::move(*metadata.mutable_namespace_()),
                        .name = std::move(*metadata.mutable_name()),
                        .uid = std::move(*metadata.mutable_uid()),
                        .resource_version = std::move(*metadata.mutable_resourceversion())};
}

}  // namespace vk::kube
