#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace vk::fake {

// An error as the cloud answers it: cloud_code is `code`, the message its documented text followed
// by `detail`, the kind follows from the code. Source: the ECI API reference; an unlisted code is a
// 400. Codes with a detail part, such as InvalidParameter.Tag, take the entry of their beginning.
[[nodiscard]] base::Error CloudError(std::string_view code, std::string_view detail = {});

// The HTTP status that goes with `code`.
[[nodiscard]] int HttpStatusOf(std::string_view code);

// "MissingParameter" naming `parameter` as people write it, such as "Container.1.Image".
[[nodiscard]] base::Error MissingParameter(std::string_view parameter);

// "InvalidParameter" with what is wrong with `parameter`.
[[nodiscard]] base::Error InvalidParameter(std::string_view parameter, std::string_view problem);

}  // namespace vk::fake
