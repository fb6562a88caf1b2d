#pragma once

#include <string_view>

namespace vk::fake {

// Whether `text` is written as the name of an image: [REGISTRY[:PORT]/]PATH[:TAG][@DIGEST], paths
// in lower case. What a kubelet checks before it asks the runtime; whether there is such an image
// is another question. Pure. Source: the grammar of github.com/distribution/reference.
bool IsImageReference(std::string_view text);

}  // namespace vk::fake
