#pragma once

#include "tools/fake_eci/engine/group/group.h"
#include "tools/fake_eci/engine/group/size_table.h"

namespace google::protobuf {
template <class Element>
class RepeatedPtrField;
}

namespace vk::eci::v1 {
class CreateContainerGroupRequest;
class ImageRegistryCredential;
}  // namespace vk::eci::v1

namespace vk::fake {

struct Behaviours;

// What the request asks for: its Cpu and Memory, else the larger of the sum of its containers and
// its largest init container (as Kubernetes does; ECI's rule for init containers is not
// documented), else kDefaultSize. Containers with __ECI_RESOURCE_IGNORE__ in their environment do
// not count. Errors: InvalidParameter.CPU.Memory when only one of Cpu and Memory is given.
base::Result<Size> WantedSize(const eci::v1::CreateContainerGroupRequest& request);

// Fills the parts of `group` that follow from the request alone: spec, policies, containers. What
// containers ask by ECI_CONTAINER_ variables is read if the behaviours say that it is obeyed.
void ReadSpec(const eci::v1::CreateContainerGroupRequest& request, const Behaviours& behaviours,
              Group* group);

// Keeps what pulling images takes, as a group or an image cache has it; no call ever shows it.
using RegistryCredentials = google::protobuf::RepeatedPtrField<eci::v1::ImageRegistryCredential>;
void KeepPullSecrets(const RegistryCredentials& credentials, std::string* kept);

// The request that made the group, with all updates since.
eci::v1::CreateContainerGroupRequest ParseSpec(const Group& group);

// Keeps a changed spec; secrets and the token are left out.
void KeepSpec(eci::v1::CreateContainerGroupRequest spec, Group* group);

}  // namespace vk::fake
