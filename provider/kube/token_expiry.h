#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vk::kube {

// When a ServiceAccount token ends, in seconds since 1970, by its own claim `exp` (RFC
// 7519, 4.1.4), which nobody verifies here; nothing when the text is no token of that form. A
// TokenRequest's status does not tell it: for the API server's own audience and 3607 s the server
// issues a token that lasts a year and answers with an hour
// (--service-account-extend-token-expiration).
std::optional<std::int64_t> TokenEnds(std::string_view token);

}  // namespace vk::kube
