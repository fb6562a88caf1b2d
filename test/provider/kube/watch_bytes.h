#pragma once

#include <string>
#include <string_view>

namespace google::protobuf {
class Message;
}

namespace vk::kube {

// One frame of a watch, as the API server writes it: length, envelope, WatchEvent, envelope.
std::string WatchFrame(std::string_view type, std::string_view kind,
                       const google::protobuf::Message& object);

}  // namespace vk::kube
