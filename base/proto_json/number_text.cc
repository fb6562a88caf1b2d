#include "base/proto_json/number_text.h"

#include <array>
#include <charconv>
#include <cmath>

namespace vk::base {

std::string NumberText(double number) {
  if (number == 0) return "0";
  const double size = std::fabs(number);
  const bool plain = size >= 1e-6 && size < 1e21;
  std::array<char, 64> text;
  const auto end = std::to_chars(text.begin(), text.end(), number,
                                 plain ? std::chars_format::fixed : std::chars_format::scientific);
  return {text.begin(), end.ptr};
}

std::string NumberText(float number) { return NumberText(DecimalValue(number)); }

double DecimalValue(float number) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.begin(), text.end(), number);
  double decimal = number;
  std::from_chars(text.begin(), end.ptr, decimal);
  return decimal;
}

}  // namespace vk::base
