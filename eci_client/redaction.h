#pragma once

#include <string>
#include <string_view>

#include "eci_client/percent_encoding.h"

namespace vk::eci {

// Whether the value of a parameter may appear in a message or a log. A list of what may, not of
// what may not: environment values, arguments, file contents, passwords, tokens and whatever is
// new are secret.
bool IsPublicParameter(std::string_view name);

// `text` with every value of a parameter that is not public replaced by "[secret]", as it is and
// percent-encoded; of a value that is a JSON object also each member but those that say where a
// volume is. For what the cloud or a transport says about a request. Values of fewer than four
// bytes stay: they would take ordinary words apart.
std::string WithoutSecrets(std::string text, const QueryPairs& parameters);

}  // namespace vk::eci
