#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proto/kubernetes/core/v1/container.pb.h"
#include "proto/kubernetes/core/v1/pod.pb.h"

namespace vk::translate {

// An amount of compute, exact: thousandths of a vCPU and bytes.
struct Size {
  std::int64_t milli_cpu = 0;
  std::int64_t memory = 0;

  bool operator==(const Size&) const = default;
};

inline constexpr std::int64_t kGiB = std::int64_t{1} << 30;
float VCpu(Size size);
float GiB(Size size);

// What `resources` say about a resource, in thousandths: the limit, else the request, else nothing.
// Absent, unreadable and zero are the same.
std::int64_t MilliAmount(const k8s::io::api::core::v1::ResourceRequirements& resources,
                         const std::string& name);
std::int64_t MilliLimit(const k8s::io::api::core::v1::ResourceRequirements& resources,
                        const std::string& name);
std::int64_t MilliRequest(const k8s::io::api::core::v1::ResourceRequirements& resources,
                          const std::string& name);

// What the pod asks for: the sum of its containers and sidecars (limits before requests, each
// resource by itself) without those that set __ECI_RESOURCE_IGNORE__=TRUE, or the largest init
// container with the sidecars before it where that is more; the pod's own resources win. Zeros when
// it asks for nothing. Sources: ECI, "Configure a pod by specifying vCPU and memory"; Kubernetes, "Pod resource sharing with init
// containers".
Size WantedSize(const k8s::io::api::core::v1::PodSpec& spec);

// Extra ephemeral storage in GiB, over the 30 that are free: 0 when those do.
std::int64_t ExtraStorageGiB(const k8s::io::api::core::v1::PodSpec& spec);

// The legal size with the least vCPU, then the least memory, that holds `wanted`; 2 vCPU and 4 GiB
// when nothing is wanted. Some regions sell more sizes; spot instances start at 2 vCPU and have
// none of those. Nothing beyond 64 vCPU or the memory sold with it.
std::optional<Size> RoundUp(Size wanted, std::string_view region, bool spot);

}  // namespace vk::translate
