#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "proto/eci/v1/container_group.pb.h"
#include "tools/fake_eci/engine/calls/handlers.h"
#include "tools/fake_eci/engine/calls/selection.h"
#include "tools/fake_eci/engine/cloud_error.h"
#include "tools/fake_eci/engine/group/group_life.h"
#include "tools/fake_eci/engine/group/spec.h"
#include "tools/fake_eci/engine/group/validation.h"
#include "tools/fake_eci/engine/parameter_checks.h"
#include "tools/fake_eci/engine/world.h"

namespace vk::fake {
namespace {

using eci::v1::CreateContainerGroupRequest;
using eci::v1::UpdateContainerGroupRequest;

// The fields an update and a creation have in common, message by message: the wire forms agree
// where the names do. Lists are given whole.
void Overwrite(const UpdateContainerGroupRequest::Container& change,
               eci::v1::Container* container) {
  if (change.has_image()) container->set_image(change.image());
  if (change.has_cpu()) container->set_cpu(change.cpu());
  if (change.has_memory()) container->set_memory(change.memory());
  if (change.has_gpu()) container->set_gpu(change.gpu());
  if (change.has_working_dir()) container->set_working_dir(change.working_dir());
  if (change.has_image_pull_policy()) container->set_image_pull_policy(change.image_pull_policy());
  if (change.command_size() > 0) *container->mutable_command() = change.command();
  if (change.arg_size() > 0) *container->mutable_arg() = change.arg();
  if (change.environment_var_size() > 0) {
    *container->mutable_environment_var() = change.environment_var();
  }
  if (change.port_size() > 0) *container->mutable_port() = change.port();
  if (change.volume_mount_size() > 0) *container->mutable_volume_mount() = change.volume_mount();
}

void Overwrite(const UpdateContainerGroupRequest::Volume& change, eci::v1::Volume* volume) {
  auto* files = volume->mutable_config_file_volume()->mutable_config_file_to_path();
  if (change.config_file_volume().config_file_to_path_size() == 0) return;
  const auto before = *files;
  files->Clear();
  for (const auto& file : change.config_file_volume().config_file_to_path()) {
    auto* kept = files->Add();
    kept->set_path(file.path());
    kept->set_content(file.content());
    // An update has no modes; that a file keeps its own is undocumented.
    const auto same =
        std::ranges::find_if(before, [&](const auto& old) { return old.path() == file.path(); });
    if (same != before.end() && same->has_mode()) kept->set_mode(same->mode());
  }
}

// Changes items of the same name. Errors: InvalidParameter.NotFound for a name that is not there.
base::Status ChangeByName(std::string_view what, const auto& changes, auto* items) {
  for (const auto& change : changes) {
    const auto it = std::ranges::find_if(
        *items, [&](const auto& item) { return item.name() == change.name(); });
    if (it == items->end()) {
      return std::unexpected(CloudError("InvalidParameter.NotFound",
                                        fmt::format("There is no {} {}.", what, change.name())));
    }
    Overwrite(change, &*it);
  }
  return {};
}

base::Result<CreateContainerGroupRequest> Changed(const Group& group,
                                                  const UpdateContainerGroupRequest& request) {
  CreateContainerGroupRequest spec = ParseSpec(group);
  if (request.has_restart_policy()) spec.set_restart_policy(request.restart_policy());
  VK_CHECK_OK(ChangeByName("container", request.container(), spec.mutable_container()));
  VK_CHECK_OK(ChangeByName("volume", request.volume(), spec.mutable_volume()));
  if (request.has_dns_config()) *spec.mutable_dns_config() = request.dns_config();
  return spec;
}

// Containers whose definition changed start anew with it; the others run on.
void RestartChanged(World& world, Group& group, const UpdateContainerGroupRequest& request) {
  Group fresh{};
  ReadSpec(ParseSpec(group), world.options.behaviours, &fresh);
  std::vector<std::size_t> changed;
  for (const auto& change : request.container()) {
    for (std::size_t i = 0; i < group.containers.size(); ++i) {
      if (group.containers[i].name != change.name()) continue;
      group.containers[i].image = fresh.containers[i].image;
      group.containers[i].behaviour = fresh.containers[i].behaviour;
      changed.push_back(i);
    }
  }
  GroupLife(world).Update(group, changed);
}

}  // namespace

VK_FAKE_HANDLER(UpdateContainerGroup) {
  VK_TRY(group, GetGroup(world, request.region_id(), request.container_group_id()));
  if (group->status != "Pending" && group->status != "Running") {
    return std::unexpected(CloudError("IncorrectStatus", group->status));
  }
  VK_CHECK_OK(CheckOneOf("UpdateType", request.has_update_type(), request.update_type(),
                         "RenewUpdate IncrementalUpdate"));
  if (request.init_container_size() > 0 || request.has_cpu() || request.has_memory()) {
    return std::unexpected(CloudError(
        "InvalidAction", "This cloud changes no size and no init containers of a living group."));
  }
  VK_TRY(spec, Changed(*group, request));
  VK_CHECK_OK(Validate(spec, LimitsOf(world.options.behaviours.limits)));
  KeepSpec(std::move(spec), group);
  if (request.has_restart_policy()) group->restart_policy = request.restart_policy();
  for (const auto& tag : request.tag()) group->tags[tag.key()] = tag.value();
  group->changed = world.now.steady;
  RestartChanged(world, *group, request);
  return eci::v1::UpdateContainerGroupResponse();
}

}  // namespace vk::fake
