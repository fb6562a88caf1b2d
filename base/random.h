#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace vk::base {

// The only door to chance: jitter, nonces, ids. Production seeds one from the operating system
// (SystemSeed), tests from a number they print. Used on one thread.
class Random {
 public:
  explicit Random(std::uint64_t seed) : seed_(seed), engine_(seed) {}

  // Uniform over all 64-bit values.
  std::uint64_t Next() { return engine_(); }

  // Uniform in [low, high]. REQUIRES: low <= high.
  std::int64_t Between(std::int64_t low, std::int64_t high);

  // Uniform in [0, 1).
  double Fraction();

  // True with the given probability; `probability` outside [0, 1] counts as the nearer end.
  bool Chance(double probability) { return Fraction() < probability; }

  // `count` lower-case hexadecimal digits.
  std::string HexDigits(int count);

  // A stream of its own that depends on this one's seed and on `name` alone, never on how much was
  // drawn: a new draw in one place does not shift the draws of another.
  Random Split(std::string_view name) const;

  std::uint64_t seed() const { return seed_; }

 private:
  std::uint64_t seed_;
  std::mt19937_64 engine_;
};

// A seed that nobody can guess, from the operating system's own source.
std::uint64_t SystemSeed();

}  // namespace vk::base
