#pragma once

#include <cstdint>
#include <string_view>

namespace vk::base {

inline constexpr std::uint64_t kFnvBasis = 14695981039346656037ull;

// FNV-1a of 64 bits, going on from `hash`: the same in every process, build and version, as what is
// stored or replayed must be, which std::hash is not. No defence against chosen inputs. Source:
// Fowler, Noll, Vo, "FNV hash".
constexpr std::uint64_t Fnv1a(std::string_view bytes, std::uint64_t hash = kFnvBasis) {
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  return hash;
}

}  // namespace vk::base
