#include "provider/kube/envelope.h"

#include <utility>

#include "proto/kubernetes/runtime/runtime.pb.h"
#include "provider/kube/object_bytes.h"

namespace vk::kube {
namespace {

namespace runtime = k8s::io::apimachinery::pkg::runtime;

constexpr std::string_view kMagic("k8s\0", 4);

std::unexpected<base::Error> Garbage(const std::string& cause) {
  return std::unexpected(base::Error(base::ErrorCode::kInternal, "unwrap an object: " + cause));
}

}  // namespace

bool IsEnveloped(std::string_view bytes) { return bytes.starts_with(kMagic); }

std::string Wrap(const Envelope& envelope) {
  runtime::Unknown unknown;
  unknown.mutable_typemeta()->set_apiversion(envelope.api_version);
  unknown.mutable_typemeta()->set_kind(envelope.kind);
  unknown.set_raw(envelope.object);
  return std::string(kMagic) + ToBytes(unknown);
}

base::Result<Envelope> Unwrap(std::string_view bytes) {
  if (!IsEnveloped(bytes)) return Garbage("it does not begin with \"k8s\\0\"");
  runtime::Unknown unknown;
  VK_CHECK_OK(FromBytes(bytes.substr(kMagic.size()), &unknown));
  if (!unknown.contentencoding().empty())
    return Garbage("content encoding \"" + unknown.contentencoding() + "\"");
  if (!unknown.contenttype().empty() && unknown.contenttype() != kProtobufContentType)
    return Garbage("content type \"" + unknown.contenttype() + "\"");
  return Envelope{.api_version = std::move(*unknown.mutable_typemeta()->mutable_apiversion()),
                  .kind = std::move(*unknown.mutable_typemeta()->mutable_kind()),
                  .object = std::move(*unknown.mutable_raw())};
}

}  // namespace vk::kube
