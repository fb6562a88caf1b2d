#include "base/proto_json/utf8.h"

#include <algorithm>
#include <array>

namespace vk::base {
namespace {

// RFC 3629, section 4: which first bytes start a sequence of which length, and what the second byte
// may be.
struct Row {
  unsigned char first_low, first_high;
  std::size_t length;
  unsigned char second_low, second_high;
};
constexpr std::array<Row, 9> kRows{{
    {0x00, 0x7F, 1, 0x00, 0xFF},
    {0xC2, 0xDF, 2, 0x80, 0xBF},
    {0xE0, 0xE0, 3, 0xA0, 0xBF},
    {0xE1, 0xEC, 3, 0x80, 0xBF},
    {0xED, 0xED, 3, 0x80, 0x9F},
    {0xEE, 0xEF, 3, 0x80, 0xBF},
    {0xF0, 0xF0, 4, 0x90, 0xBF},
    {0xF1, 0xF3, 4, 0x80, 0xBF},
    {0xF4, 0xF4, 4, 0x80, 0x8F},
}};

}  // namespace

std::size_t Utf8SequenceLength(std::string_view text) {
  const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
  const auto* row = std::ranges::find_if(kRows, [&](const Row& candidate) {
    return byte(0) >= candidate.first_low && byte(0) <= candidate.first_high;
  });
  if (row == kRows.end() || text.size() < row->length) return 0;
  if (row->length == 1) return 1;
  if (byte(1) < row->second_low || byte(1) > row->second_high) return 0;
  for (std::size_t index = 2; index < row->length; ++index) {
    if ((byte(index) & 0xC0) != 0x80) return 0;
  }
  return row->length;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = Utf8SequenceLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace vk::base
