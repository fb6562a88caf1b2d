#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"

namespace vk::fake {

// The usage of one control group, in bytes where nothing else is said.
struct ResourceUsage {
  std::string name;                  // The container's; empty for the whole group.
  std::int64_t cpu_nanoseconds = 0;  // Since it began.
  std::int64_t nano_cores = 0;       // A second's nanoseconds of CPU, since the sample before.
  std::int64_t memory = 0;
  std::int64_t working_set = 0;  // What could not be had back at once: without inactive files.
  std::int64_t rss = 0;
  std::int64_t cache = 0;
};

// The usage of one network interface, since it was made.
struct NetworkUsage {
  struct Direction {
    std::int64_t bytes = 0;
    std::int64_t packets = 0;
    std::int64_t errors = 0;
    std::int64_t drops = 0;
  };
  std::string name;
  Direction received;
  Direction sent;
};

// The usage of one disk, by this group alone.
struct DiskUsage {
  std::string device;
  std::int64_t read_bytes = 0;
  std::int64_t read_operations = 0;
  std::int64_t written_bytes = 0;
  std::int64_t write_operations = 0;
};

struct FilesystemUsage {
  std::string name;
  std::int64_t capacity = 0;
  std::int64_t available = 0;
  std::int64_t used = 0;
};

// What a group that really runs had used at a moment, as measured.
struct UsageSample {
  base::WallTime at{};
  ResourceUsage whole;
  std::vector<ResourceUsage> containers{};
  std::vector<NetworkUsage> interfaces{};
  std::vector<DiskUsage> disks{};
  std::vector<FilesystemUsage> filesystems{};
};

}  // namespace vk::fake
