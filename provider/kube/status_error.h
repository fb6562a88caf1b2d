#pragma once

#include <string_view>

#include "base/http/message.h"
#include "base/result.h"
#include "provider/kube/kube_api.h"

namespace k8s::io::apimachinery::pkg::apis::meta::v1 {
class Status;
}

namespace vk::kube {

struct NamedObject {
  const Resource& resource;
  std::string_view name;
};

// The error that a reply with an HTTP status of 300 and above stands for, as kube_api.h lists them.
// The body may be a meta.v1.Status as protobuf or JSON (the API server's) or any text (a proxy's),
// of which the beginning goes into the message. `retry_after` is the Retry-After header in seconds,
// or else the Status' own.
//
// `about` is the object that the call named, null for a collection. That an object is not there is
// said by a Status alone: reason NotFound, details with its name and, if told, its kind and group.
// Any other 404 to such a call comes from somebody on the way, or is about something else:
// kUnavailable.
base::Error ErrorFromReply(int http_status, const base::HttpHeaders& headers, std::string_view body,
                           const NamedObject* about = nullptr);

// The same for a Status that came without a reply of its own, in a watch.
base::Error ErrorFromStatus(const k8s::io::apimachinery::pkg::apis::meta::v1::Status& status);

}  // namespace vk::kube
