#pragma once

#include <string>

namespace vk::base {

// The shortest decimal text that reads back as the same number of the same type, written without
// an exponent between 1e-6 and 1e21, as JavaScript does and so the official SDKs: 0.5, 0.000049,
// 100000. REQUIRES: finite.
[[nodiscard]] std::string NumberText(double number);
[[nodiscard]] std::string NumberText(float number);

// The double with the same shortest text: 0.1 for 0.1f, which is not 0.1f widened.
[[nodiscard]] double DecimalValue(float number);

}  // namespace vk::base
