#pragma once

#include <cstdint>
#include <string_view>

namespace vk::translate {

// FNV-1a of 64 bits, going on from `hash`: the same in every process and version, as what is stored
// in tags must be. This module knows nothing of base/fnv.h, which is the same for others.
constexpr std::uint64_t StableHash(std::string_view text,
                                   std::uint64_t hash = 14695981039346656037ull) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  return hash;
}

}  // namespace vk::translate
