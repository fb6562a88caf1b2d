#include "test/provider/kube/watch_bytes.h"

#include "proto/kubernetes/meta/v1/meta.pb.h"
#include "provider/kube/envelope.h"
#include "provider/kube/object_bytes.h"

namespace vk::kube {

std::string WatchFrame(std::string_view type, std::string_view kind,
                       const google::protobuf::Message& object) {
  k8s::io::apimachinery::pkg::apis::meta::v1::WatchEvent event;
  event.set_type(std::string(type));
  event.mutable_object()->set_raw(
      Wrap({.api_version = "v1", .kind = std::string(kind), .object = ToBytes(object)}));
  const std::string body = ToBytes(event);
  std::string frame;
  for (int shift = 24; shift >= 0; shift -= 8)
    frame.push_back(static_cast<char>(body.size() >> shift & 0xff));
  return frame + body;
}

}  // namespace vk::kube
