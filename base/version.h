#pragma once

namespace vk::base {

// The version of every program here. Nodes tell it as the kubelet's version, so it begins with the
// version of Kubernetes that the agent behaves like.
inline constexpr char kVersion[] = "v1.36.0-eci.1";

}  // namespace vk::base
