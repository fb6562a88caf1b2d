#pragma once

#include <chrono>
#include <string>

#include "tools/fake_eci/engine/records.h"

namespace vk::simulation {

// What all parts of a World agree on.
inline constexpr char kNode[] = "vk";
inline constexpr char kKey[] = "our-key";
inline constexpr std::chrono::seconds kFaultSpan{60};  // Faults are drawn within it.
inline constexpr double kUsual = 0.97;  // Share of runs with what nearly all of them are to have.

// The UID of the pod whose group it is, by its tags; empty when they name none.
std::string UidOf(const fake::GroupRecord& group);

}  // namespace vk::simulation
