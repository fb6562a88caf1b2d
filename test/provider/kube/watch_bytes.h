#pragma once

#include <string>
#include <string_view>

namespace google::protobuf {
class Message;
}

namespace vk::kube {

// One frame of a watch, as Kubernetes 1.36.1 was seen to write it: length, bare WatchEvent, and in
// it the object's envelope.
std::string WatchFrame(std::string_view type, std::string_view kind,
                       const google::protobuf::Message& object);

}  // namespace vk::kube
