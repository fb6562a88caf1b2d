#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace vk::kube {

inline constexpr std::string_view kProtobufContentType = "application/vnd.kubernetes.protobuf";

// Every protobuf body of the Kubernetes API, and every object in a watch frame: the bytes "k8s\0",
// then runtime.Unknown with the object's type and its own bytes.
struct Envelope {
  std::string api_version;
  std::string kind;
  std::string object;
};

// True for what begins as an envelope does. Errors and answers of proxies do not.
bool IsEnveloped(std::string_view bytes);

std::string Wrap(const Envelope& envelope);

// Errors: kInternal for bytes without the magic, a broken Unknown, or content that is encoded or of
// another type than protobuf.
base::Result<Envelope> Unwrap(std::string_view bytes);

}  // namespace vk::kube
