#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace vk::fake {

// What a containerd of our own is to be.
struct ContainerdOptions {
  std::string sandbox_image = "vk.test/pause:1";
  std::string network = "172.30.0.0/16";  // Addresses of groups; the bridge has x.x.255.254.
  std::string registry{};  // Where every image is pulled from, as a URL; empty: from its own host.
  // For groups that bring none of their own, without a port; empty: they have none.
  std::string name_server{};
  // How often what groups use is noted, as the cloud does for its figures of the last minutes.
  std::chrono::seconds usage_period{15};
  // How often volumes with a limit are measured, as the kubelet does.
  std::chrono::seconds volume_period{10};
  std::vector<std::string> archives{};  // OCI archives to import at the start.
};

}  // namespace vk::fake
