#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/fake_eci/containerd/hosted_group.h"

namespace vk::fake {

// A volume that may hold no more than so many bytes.
struct VolumeLimit {
  std::string name;
  std::string text;  // The limit, as the group's owner wrote it.
  std::int64_t bytes = 0;
};

// The empty directories of a group that are limited, but not by the kernel as those in memory are.
std::vector<VolumeLimit> LimitsOf(const HostedGroup& group);

// "1Gi", "1.5G", "500k", "1e3" in bytes, rounded up; nothing for what is no quantity of
// Kubernetes, or none above 0. Source: apimachinery, pkg/api/resource/quantity.go.
std::optional<std::int64_t> QuantityBytes(std::string_view text);

// What files below `folder` take on the disk, those of many names once, other file systems and
// what links point to not at all. Lets others work now and then.
boost::asio::awaitable<std::int64_t> DiskSpace(std::filesystem::path folder,
                                               boost::asio::any_io_executor executor);

// In the kubelet's words (pkg/kubelet/eviction/helpers.go, emptyDirMessageFmt).
std::string OutgrownMessage(const VolumeLimit& limit);

}  // namespace vk::fake
