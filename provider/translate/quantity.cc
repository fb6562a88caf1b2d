#include "provider/translate/quantity.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>
#include <system_error>

namespace vk::translate {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr int kDigits = 18;  // As many as fit in 60 bits, so that 2^60 of them fit in 128.

struct Scale {
  std::string_view suffix;
  int power_of_two;
  int power_of_ten;
};
constexpr Scale kScales[] = {
    {"", 0, 0},    {"n", 0, -9},  {"u", 0, -6},  {"m", 0, -3},  {"k", 0, 3},   {"M", 0, 6},
    {"G", 0, 9},   {"T", 0, 12},  {"P", 0, 15},  {"E", 0, 18},  {"Ki", 10, 0}, {"Mi", 20, 0},
    {"Gi", 30, 0}, {"Ti", 40, 0}, {"Pi", 50, 0}, {"Ei", 60, 0},
};

struct Mantissa {
  Wide value = 0;
  int fraction_digits = 0;
  bool cut_off = false;    // Digits that did not fit were not all zero.
  bool too_large = false;  // More whole digits than fit.
};

// Reads digits and at most one point from the front of `text`.
std::optional<Mantissa> TakeMantissa(std::string_view& text) {
  Mantissa mantissa;
  int digits = 0;
  bool any = false;
  bool point = false;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && !point) {
      point = true;
    } else if (c >= '0' && c <= '9') {
      any = true;
      if (digits == kDigits) {
        mantissa.cut_off |= point && c != '0';
        mantissa.too_large |= !point;
        continue;
      }
      if (mantissa.value != 0 || c != '0') ++digits;
      mantissa.value = mantissa.value * 10 + static_cast<unsigned>(c - '0');
      if (point) ++mantissa.fraction_digits;
    } else {
      break;
    }
  }
  text.remove_prefix(at);
  if (!any) return std::nullopt;
  return mantissa;
}

std::optional<Scale> ParseScale(std::string_view suffix) {
  const auto* known = std::ranges::find(kScales, suffix, &Scale::suffix);
  if (known != std::end(kScales)) return *known;
  if (suffix[0] != 'e' && suffix[0] != 'E') return std::nullopt;
  std::string_view digits = suffix.substr(1);
  if (digits.starts_with('+')) digits.remove_prefix(1);
  int exponent = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return Scale{suffix, 0, exponent};
}

}  // namespace

std::optional<std::int64_t> ParseMilli(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto mantissa = TakeMantissa(text);
  if (!mantissa) return std::nullopt;
  const auto scale = ParseScale(text);
  if (!scale) return std::nullopt;
  if (mantissa->too_large) return kMost;

  Wide value = mantissa->value << scale->power_of_two;
  bool round_up = mantissa->cut_off;
  int power = scale->power_of_ten + 3 - mantissa->fraction_digits;
  for (; power > 0 && value != 0; --power) {
    value *= 10;
    if (value > static_cast<Wide>(kMost)) return kMost;
  }
  for (; power < 0 && value != 0; ++power) {
    round_up |= value % 10 != 0;
    value /= 10;
  }
  if (round_up) ++value;
  return value > static_cast<Wide>(kMost) ? kMost : static_cast<std::int64_t>(value);
}

std::optional<std::int64_t> ParseUnits(std::string_view text) {
  const auto milli = ParseMilli(text);
  if (!milli) return std::nullopt;
  return *milli / 1000 + (*milli % 1000 != 0 ? 1 : 0);
}

}  // namespace vk::translate
