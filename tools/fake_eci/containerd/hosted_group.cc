#include "tools/fake_eci/containerd/hosted_group.h"

#include "proto/eci/v1/container_group.pb.h"
#include "tools/fake_eci/engine/group/adoption.h"
#include "tools/fake_eci/engine/group/group.h"

namespace vk::fake {
namespace {

eci::v1::Container AsContainer(const eci::v1::InitContainer& init) {
  eci::v1::Container container;
  container.set_name(init.name());
  container.set_image(init.image());
  if (init.has_cpu()) container.set_cpu(init.cpu());
  if (init.has_memory()) container.set_memory(init.memory());
  *container.mutable_command() = init.command();
  *container.mutable_arg() = init.arg();
  container.set_working_dir(init.working_dir());
  *container.mutable_environment_var() = init.environment_var();
  if (init.has_image_pull_policy()) container.set_image_pull_policy(init.image_pull_policy());
  *container.mutable_volume_mount() = init.volume_mount();
  if (init.has_security_context()) *container.mutable_security_context() = init.security_context();
  container.set_termination_message_path(init.termination_message_path());
  container.set_termination_message_policy(init.termination_message_policy());
  return container;
}

}  // namespace

HostedGroup HostedGroup::From(const Group& group) {
  return {.number = group.number,
          .epoch = group.epoch,
          .id = group.id,
          .name = group.name,
          .address = group.address,
          .spec = group.spec,
          .pull_secrets = group.pull_secrets,
          .snapshot = SnapshotOf(group)};
}

eci::v1::CreateContainerGroupRequest HostedGroup::ParseSpec() const {
  eci::v1::CreateContainerGroupRequest request;
  request.ParseFromString(spec);
  eci::v1::CreateContainerGroupRequest secrets;
  secrets.ParseFromString(pull_secrets);
  *request.mutable_image_registry_credential() = secrets.image_registry_credential();
  return request;
}

std::vector<std::string> HostedGroup::Images() const {
  const auto request = ParseSpec();
  std::vector<std::string> images;
  for (const auto& container : request.init_container()) images.push_back(container.image());
  for (const auto& container : request.container()) images.push_back(container.image());
  return images;
}

eci::v1::Container ContainerOf(const eci::v1::CreateContainerGroupRequest& spec,
                               std::size_t index) {
  const auto inits = static_cast<std::size_t>(spec.init_container_size());
  if (index < inits) return AsContainer(spec.init_container(static_cast<int>(index)));
  const auto app = static_cast<int>(index - inits);
  return app < spec.container_size() ? spec.container(app) : eci::v1::Container();
}

}  // namespace vk::fake
