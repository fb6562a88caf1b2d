#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/translate/observation.h"

namespace vk::eci::v1 {
class ContainerGroup;
class CreateContainerGroupRequest;
class UpdateContainerGroupRequest;
}  // namespace vk::eci::v1

// What has to change in a group that exists so that it is what its pod asks for now. Pure.
namespace vk::translate {

// Whether two references name the same image: as it stands, or once the default registry, folder
// and tag are written out, since the cloud may show them so.
bool IsSameImage(const std::string& a, const std::string& b);

// Hashes the names and images of the containers and sidecars of a pod, or of the containers of a
// group as it was seen: equal when they have the same images, so that most pods need no second
// look.
std::uint64_t HashOfImages(const k8s::io::api::core::v1::PodSpec& spec);
std::uint64_t HashOfImages(const GroupObservation& observed);

// A container whose pod asks for another image than its group shows.
struct ImageChange {
  std::string container;
  std::string from;
  std::string to;
};
// Containers and sidecars in the pod's order. Not init containers: those have run, and the cloud
// would restart the whole group for them.
std::vector<ImageChange> FindImageChanges(const k8s::io::api::core::v1::Pod& pod,
                                          const GroupObservation& observed);

// The text that stands for every ServiceAccount token where a group is planned to be compared with
// the one that exists: tokens differ with each request, and the group's own goes on.
inline constexpr char kTokenStandIn[] = "\x1f stands for a token \x1f";

// The incremental update that gives these containers the environment, arguments and files that
// `planned` has and `described` lacks; nothing when there is no difference. Images are left alone.
// An environment, list of arguments or volume that is to become empty is left as it is, since the
// cloud takes an empty list for no change. The files of a volume change for all who mount it.
std::optional<eci::v1::UpdateContainerGroupRequest> FindInputChange(
    const eci::v1::CreateContainerGroupRequest& planned, const eci::v1::ContainerGroup& described,
    const std::set<std::string>& containers);

}  // namespace vk::translate
