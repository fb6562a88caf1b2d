#pragma once

#include <string>

namespace google::protobuf {
class Message;
}

namespace vk::fake {

// `message` as the cloud writes it where a call asks for XML: a document of element `root`. Names
// and the text of scalars are those of its JSON; an item of a list is an element of the list's
// name, as the official Go SDK reads it, so an empty list is nothing; an entry of a map is an
// element of its key's name. What XML cannot hold, and bytes that are not UTF-8, become U+FFFD.
// REQUIRES: keys of maps are XML names, as those of the API are.
[[nodiscard]] std::string ToXml(const google::protobuf::Message& message, const std::string& root);

}  // namespace vk::fake
