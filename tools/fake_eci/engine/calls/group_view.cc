#include "tools/fake_eci/engine/calls/group_view.h"

#include <string>

#include "base/proto_json/number_text.h"
#include "proto/eci/v1/container_group.pb.h"
#include "proto/eci/v1/container_group_view.pb.h"
#include "tools/fake_eci/engine/group/group.h"
#include "tools/fake_eci/engine/group/spec.h"
#include "tools/fake_eci/engine/text.h"

namespace vk::fake {
namespace {

using View = eci::v1::ContainerGroup;

void FillState(const ContainerRun& run, View::ContainerState* state) {
  switch (run.state) {
    case ContainerRun::State::kWaiting:
      state->set_state("Waiting");
      state->set_reason(run.reason);
      if (!run.message.empty()) state->set_message(run.message);
      return;
    case ContainerRun::State::kRunning:
      state->set_state("Running");
      break;
    case ContainerRun::State::kTerminated:
      state->set_state("Terminated");
      state->set_reason(run.reason);
      state->set_exit_code(run.exit_code);
      state->set_signal(run.signal);
      if (!run.message.empty()) state->set_message(run.message);
      state->set_finish_time(TimeText(run.finished.wall));
      break;
  }
  state->set_detail_status(run.reason);
  state->set_start_time(TimeText(run.started.wall));
}

void FillEnvironment(const auto& container, bool hide, auto* view) {
  for (const auto& entry : container.environment_var()) {
    auto* shown = view->add_environment_vars();
    shown->set_key(entry.key());
    if (entry.has_field_ref()) {
      *shown->mutable_value_from()->mutable_field_ref() = entry.field_ref();
    } else if (!hide) {
      shown->set_value(entry.value());
    }
  }
}

void FillProbe(const eci::v1::Probe& probe, View::Probe* view) {
  view->mutable_execs()->CopyFrom(probe.exec().command());
  if (probe.has_http_get()) *view->mutable_http_get() = probe.http_get();
  if (probe.has_tcp_socket()) view->mutable_tcp_socket()->set_port(probe.tcp_socket().port());
  view->set_initial_delay_seconds(probe.initial_delay_seconds());
  view->set_failure_threshold(probe.has_failure_threshold() ? probe.failure_threshold() : 3);
  view->set_period_seconds(probe.has_period_seconds() ? probe.period_seconds() : 10);
  view->set_success_threshold(probe.has_success_threshold() ? probe.success_threshold() : 1);
  view->set_timeout_seconds(probe.has_timeout_seconds() ? probe.timeout_seconds() : 1);
}

// What containers and init containers have in common.
void FillShared(const auto& spec, const SimulatedContainer& container, auto* view) {
  view->set_name(container.name);
  view->set_image(container.image);
  view->set_cpu(spec.cpu());
  view->set_memory(spec.memory());
  if (spec.has_gpu()) view->set_gpu(spec.gpu());
  view->mutable_args()->CopyFrom(spec.arg());
  view->set_working_dir(spec.working_dir());
  view->set_image_pull_policy(spec.has_image_pull_policy() ? spec.image_pull_policy()
                                                           : "IfNotPresent");
  view->mutable_ports()->CopyFrom(spec.port());
  view->set_ready(container.ready ||
                  (container.init && container.ended() && container.current.exit_code == 0));
  view->set_restart_count(container.restart_count);
  FillState(container.current, view->mutable_current_state());
  if (container.previous) FillState(*container.previous, view->mutable_previous_state());
  if (spec.has_security_context()) {
    auto* context = view->mutable_security_context();
    const auto& given = spec.security_context();
    context->mutable_capability()->mutable_adds()->CopyFrom(given.capability().add());
    if (given.has_run_as_user()) context->set_run_as_user(given.run_as_user());
    context->set_read_only_root_filesystem(given.read_only_root_filesystem());
  }
}

void FillContainer(const eci::v1::Container& spec, const SimulatedContainer& container,
                   View::Container* view) {
  FillShared(spec, container, view);
  view->mutable_commands()->CopyFrom(spec.command());
  FillEnvironment(spec, spec.environment_var_hide(), view);
  view->mutable_volume_mounts()->CopyFrom(spec.volume_mount());
  if (spec.has_liveness_probe()) FillProbe(spec.liveness_probe(), view->mutable_liveness_probe());
  if (spec.has_readiness_probe()) {
    FillProbe(spec.readiness_probe(), view->mutable_readiness_probe());
  }
  view->set_stdin(spec.stdin());
  view->set_stdin_once(spec.stdin_once());
  view->set_tty(spec.tty());
}

void FillInitContainer(const eci::v1::InitContainer& spec, const SimulatedContainer& container,
                       View::InitContainer* view) {
  FillShared(spec, container, view);
  view->mutable_command()->CopyFrom(spec.command());
  FillEnvironment(spec, false, view);
  for (const auto& mount : spec.volume_mount()) {
    auto* shown = view->add_volume_mounts();
    shown->set_name(mount.name());
    shown->set_mount_path(mount.mount_path());
    shown->set_read_only(mount.read_only());
    if (mount.has_mount_propagation()) shown->set_mount_propagation(mount.mount_propagation());
  }
}

void FillVolume(const eci::v1::Volume& volume, View::Volume* view) {
  view->set_name(volume.name());
  view->set_type(volume.type());
  for (const auto& file : volume.config_file_volume().config_file_to_path()) {
    auto* shown = view->add_config_file_volume_config_file_to_paths();
    shown->set_path(file.path());
    shown->set_content(file.content());
  }
  if (volume.has_empty_dir_volume()) {
    view->set_empty_dir_volume_medium(volume.empty_dir_volume().medium());
    view->set_empty_dir_volume_size_limit(volume.empty_dir_volume().size_limit());
  }
  if (volume.has_disk_volume()) {
    view->set_disk_volume_disk_id(volume.disk_volume().disk_id());
    view->set_disk_volume_fs_type(volume.disk_volume().fs_type());
  }
  if (volume.has_flex_volume()) {
    view->set_flex_volume_driver(volume.flex_volume().driver());
    view->set_flex_volume_fs_type(volume.flex_volume().fs_type());
    view->set_flex_volume_options(volume.flex_volume().options());
  }
  if (volume.has_nfs_volume()) {
    view->set_nfs_volume_path(volume.nfs_volume().path());
    view->set_nfs_volume_server(volume.nfs_volume().server());
    view->set_nfs_volume_read_only(volume.nfs_volume().read_only());
  }
}

void FillPolicies(const eci::v1::CreateContainerGroupRequest& spec, View* view) {
  view->set_ephemeral_storage(spec.ephemeral_storage());
  view->set_spot_strategy(spec.has_spot_strategy() ? spec.spot_strategy() : "NoSpot");
  if (spec.has_spot_price_limit()) {
    view->set_spot_price_limit(base::DecimalValue(spec.spot_price_limit()));
  }
  if (spec.has_ram_role_name()) view->set_ram_role_name(spec.ram_role_name());
  if (spec.has_resource_group_id()) view->set_resource_group_id(spec.resource_group_id());
  if (spec.compute_category_size() > 0) view->set_compute_category(spec.compute_category(0));
  view->set_dns_policy(spec.has_dns_policy() ? spec.dns_policy() : "Default");
  if (spec.has_dns_config()) {
    auto* dns = view->mutable_dns_config();
    dns->mutable_name_servers()->CopyFrom(spec.dns_config().name_server());
    dns->mutable_options()->CopyFrom(spec.dns_config().option());
    dns->mutable_searches()->CopyFrom(spec.dns_config().search());
  }
  for (const auto& alias : spec.host_aliase()) {
    auto* shown = view->add_host_aliases();
    shown->set_ip(alias.ip());
    shown->mutable_hostnames()->CopyFrom(alias.hostname());
  }
  if (spec.has_security_context()) {
    view->mutable_eci_security_context()->mutable_sysctls()->CopyFrom(
        spec.security_context().sysctl());
  }
}

void FillTimes(const Group& group, View* view) {
  view->set_creation_time(TimeText(group.created.wall));
  if (!group.ended) return;
  const std::string ended = TimeText(group.ended->wall);
  if (group.status == "Succeeded") view->set_succeeded_time(ended);
  if (group.status == "Failed" || group.status == "ScheduleFailed") view->set_failed_time(ended);
  if (group.status == "Expired") view->set_expired_time(ended);
}

void FillEvents(const Group& group, View* view) {
  for (const GroupEvent& event : group.events) {
    FillEvent(event, group.name, view->add_events());
  }
}

}  // namespace

void FillEvent(const GroupEvent& event, const std::string& name, eci::v1::Event* view) {
  view->set_name(name);
  view->set_type(event.type);
  view->set_count(event.count);
  view->set_reason(event.reason);
  view->set_message(event.message);
  view->set_first_timestamp(TimeText(event.first));
  view->set_last_timestamp(TimeText(event.last));
}

void FillGroup(const Group& group, View* view) {
  const eci::v1::CreateContainerGroupRequest spec = ParseSpec(group);
  view->set_region_id(group.region);
  view->set_zone_id(group.zone);
  view->set_container_group_id(group.id);
  view->set_container_group_name(group.name);
  view->set_status(group.status);
  for (const auto& [key, value] : group.tags) {
    auto* tag = view->add_tags();
    tag->set_key(key);
    tag->set_value(value);
  }
  FillTimes(group, view);
  view->set_vpc_id(group.vpc_id);
  view->set_v_switch_id(group.vswitch_id);
  view->set_security_group_id(group.security_group_id);
  if (!group.instance_type.empty()) view->set_instance_type(group.instance_type);
  view->set_cpu(static_cast<float>(group.size.cpu));
  view->set_memory(static_cast<float>(group.size.memory));
  view->set_restart_policy(group.restart_policy);
  if (group.placed) {
    view->set_intranet_ip(group.address);
    view->set_eni_instance_id(group.eni_id);
  }
  const auto inits = static_cast<std::size_t>(spec.init_container_size());
  for (std::size_t i = 0; i < group.containers.size(); ++i) {
    if (i < inits) {
      FillInitContainer(spec.init_container(static_cast<int>(i)), group.containers[i],
                        view->add_init_containers());
    } else {
      FillContainer(spec.container(static_cast<int>(i - inits)), group.containers[i],
                    view->add_containers());
    }
  }
  for (const auto& volume : spec.volume()) FillVolume(volume, view->add_volumes());
  FillPolicies(spec, view);
  FillEvents(group, view);
}

}  // namespace vk::fake
