#include "base/random.h"

#include <random>

#include "base/fnv.h"

namespace vk::base {
namespace {

// FNV-1a, then the finaliser of SplitMix64: a seed must replay everywhere.
std::uint64_t Mix(std::uint64_t seed, std::string_view name) {
  std::uint64_t hash = Fnv1a(name, kFnvBasis ^ seed);
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9ull;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebull;
  return hash ^ (hash >> 31);
}

}  // namespace

std::int64_t Random::Between(std::int64_t low, std::int64_t high) {
  const std::uint64_t span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
  const std::uint64_t drawn = span == 0 ? Next() : Next() % span;
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + drawn);
}

double Random::Fraction() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

std::string Random::HexDigits(int count) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(static_cast<std::size_t>(count));
  std::uint64_t bits = 0;
  for (int i = 0; i < count; ++i) {
    if (i % 16 == 0) bits = Next();
    text.push_back(kDigits[bits & 15]);
    bits >>= 4;
  }
  return text;
}

Random Random::Split(std::string_view name) const { return Random(Mix(seed_, name)); }

std::uint64_t SystemSeed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}

}  // namespace vk::base
