#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace vk::fake {

struct Group;
struct World;

// A container of a group as its host found it.
struct FoundContainer {
  std::size_t container = 0;  // Its place in the group.
  int restart_count = 0;
  base::WallTime started{};
};

// What a host keeps of a group, as bytes; holds secrets.
std::string SnapshotOf(const Group& group);

// The names of the group's containers by their place, init containers first; empty for bytes that
// are no snapshot.
std::vector<std::string> ContainerNames(std::string_view snapshot);

// Puts a group that an earlier cloud made back into an empty or running world, with its address,
// tags and record, as one that runs: `containers` are the newest life of each that ever began, and
// count as running until the host reports that they have ended; an init container that a later one
// followed has ended with 0. What time would do to the group (limits, deadlines) begins anew. The
// tokens of its creation are forgotten. Errors: kInvalidArgument for bytes that are no snapshot,
// kAlreadyExists for an id that is known.
base::Result<Group*> Adopt(World& world, std::string_view snapshot,
                           const std::vector<FoundContainer>& containers);

}  // namespace vk::fake
