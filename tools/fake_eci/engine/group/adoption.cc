#include "tools/fake_eci/engine/group/adoption.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "proto/eci/v1/container_group.pb.h"
#include "proto/fake/v1/group_snapshot.pb.h"
#include "tools/fake_eci/engine/group/group_life.h"
#include "tools/fake_eci/engine/group/spec.h"
#include "tools/fake_eci/engine/text.h"
#include "tools/fake_eci/engine/world.h"

namespace vk::fake {
namespace {

using base::Error;
using base::ErrorCode;

// When this happened on both clocks; before this machine's start is its start.
Moment MomentOf(const World& world, base::WallTime wall) {
  return {world.now.steady -
              std::chrono::duration_cast<base::TimePoint::duration>(world.now.wall - wall),
          wall};
}

Group ReadGroup(const World& world, const v1::GroupSnapshot& snapshot) {
  Group group;
  group.number = world.next_number;
  group.id = snapshot.id();
  group.name = snapshot.name();
  group.region = snapshot.region();
  group.zone = snapshot.zone();
  group.vpc_id = snapshot.vpc_id();
  group.vswitch_id = snapshot.vswitch_id();
  group.security_group_id = snapshot.security_group_id();
  group.address = snapshot.address();
  group.eni_id = snapshot.eni_id();
  group.instance_type = snapshot.instance_type();
  group.size = {snapshot.cpu(), snapshot.memory()};
  group.tags = {snapshot.tags().begin(), snapshot.tags().end()};
  group.created = MomentOf(world, FromUnixMilliseconds(snapshot.created_ms()));
  eci::v1::CreateContainerGroupRequest spec;
  spec.ParseFromString(snapshot.spec());
  ReadSpec(spec, world.options.behaviours, &group);
  group.spec = snapshot.spec();
  group.pull_secrets = snapshot.pull_secrets();
  return group;
}

void ReadContainers(const World& world, const std::vector<FoundContainer>& found, Group* group) {
  std::size_t last = 0;
  for (const FoundContainer& each : found) {
    if (each.container >= group->containers.size()) continue;
    SimulatedContainer& container = group->containers[each.container];
    container.current = {};
    container.current.state = ContainerRun::State::kRunning;
    container.current.started = MomentOf(world, each.started);
    container.launched = true;
    container.restart_count = each.restart_count;
    last = std::max(last, each.container);
  }
  for (std::size_t i = 0; i < std::min(last, group->init_count()); ++i) {
    ContainerRun& run = group->containers[i].current;
    run.state = ContainerRun::State::kTerminated;
    run.reason = "Completed";
    run.finished = world.now;
  }
}

GroupRecord& AddRecord(World& world, const Group& group, const v1::GroupSnapshot& snapshot) {
  GroupRecord& record = world.records.emplace_back();
  record.id = group.id;
  record.name = group.name;
  record.region = group.region;
  record.zone = group.zone;
  record.caller = snapshot.caller();
  record.client_token = snapshot.client_token();
  record.tags = group.tags;
  record.cpu = group.size.cpu;
  record.memory = group.size.memory;
  record.transitions.push_back({"Scheduling", group.created});
  return record;
}

}  // namespace

std::string SnapshotOf(const Group& group) {
  v1::GroupSnapshot snapshot;
  snapshot.set_id(group.id);
  snapshot.set_name(group.name);
  snapshot.set_region(group.region);
  snapshot.set_zone(group.zone);
  snapshot.set_vpc_id(group.vpc_id);
  snapshot.set_vswitch_id(group.vswitch_id);
  snapshot.set_security_group_id(group.security_group_id);
  snapshot.set_address(group.address);
  snapshot.set_eni_id(group.eni_id);
  snapshot.set_instance_type(group.instance_type);
  snapshot.set_cpu(group.size.cpu);
  snapshot.set_memory(group.size.memory);
  snapshot.mutable_tags()->insert(group.tags.begin(), group.tags.end());
  snapshot.set_spec(group.spec);
  snapshot.set_pull_secrets(group.pull_secrets);
  snapshot.set_created_ms(UnixMilliseconds(group.created.wall));
  snapshot.set_caller(group.record->caller);
  snapshot.set_client_token(group.record->client_token);
  return snapshot.SerializeAsString();
}

std::vector<std::string> ContainerNames(std::string_view bytes) {
  v1::GroupSnapshot snapshot;
  snapshot.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  eci::v1::CreateContainerGroupRequest spec;
  spec.ParseFromString(snapshot.spec());
  std::vector<std::string> names;
  for (const auto& container : spec.init_container()) names.push_back(container.name());
  for (const auto& container : spec.container()) names.push_back(container.name());
  return names;
}

base::Result<Group*> Adopt(World& world, std::string_view bytes,
                           const std::vector<FoundContainer>& containers) {
  v1::GroupSnapshot snapshot;
  if (!snapshot.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
      snapshot.id().empty()) {
    return std::unexpected(Error(ErrorCode::kInvalidArgument, "adopt a group: no snapshot"));
  }
  if (world.FindGroup(snapshot.id()) != nullptr) {
    return std::unexpected(Error(ErrorCode::kAlreadyExists, "adopt a group: it is known"));
  }
  Group made = ReadGroup(world, snapshot);
  ReadContainers(world, containers, &made);
  world.network.Adopt(made.vswitch_id, made.vpc_id, made.zone, made.address);
  made.holds_capacity = true;
  ++world.next_number;
  Group& group = world.groups.emplace(made.number, std::move(made)).first->second;
  world.group_numbers.emplace(group.id, group.number);
  for (const std::string& disk : group.disks) world.disk_zones.emplace(disk, group.zone);
  group.record = &AddRecord(world, group, snapshot);
  GroupLife(world).Resume(group);
  return &group;
}

}  // namespace vk::fake
