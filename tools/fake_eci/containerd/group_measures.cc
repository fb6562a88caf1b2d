// The part of GroupMachine that measures: what the group uses, and how full its volumes are.

#include <boost/asio/this_coro.hpp>
#include <utility>

#include "tools/fake_eci/containerd/group_machine.h"

namespace vk::fake {

void GroupMachine::Measure() {
  if (sandbox_.empty() || released_) return;
  const std::string top = parts_.paths.cgroup() + "/" + group_id_;
  UsageSample sample{.at = parts_.clock.WallNow(),
                     .whole = parts_.usage.Resources(top),
                     .interfaces = parts_.usage.Interfaces(top),
                     .disks = parts_.usage.Disks(top),
                     .filesystems = RootFilesystem(parts_.paths.root)};
  for (const auto& [container, running] : running_) {
    if (Find(container, running.id) == nullptr) continue;
    sample.containers.push_back(parts_.usage.Resources(top + "/" + running.id));
    sample.containers.back().name = running.life.name;
  }
  usage_.Add(std::move(sample));
}

void GroupMachine::LookAtVolumes() {
  if (sandbox_.empty() || released_ || looking_at_volumes_ || running_.empty()) return;
  std::vector<VolumeLimit> limits = LimitsOf(running_.begin()->second.group);
  if (limits.empty()) return;
  looking_at_volumes_ = true;
  Aside("volumes", CompareVolumes(std::move(limits)));
}

boost::asio::awaitable<void> GroupMachine::CompareVolumes(std::vector<VolumeLimit> limits) {
  const GroupFolders folders(parts_.paths, group_id_);
  const auto executor = co_await boost::asio::this_coro::executor;
  for (const VolumeLimit& limit : limits) {
    if (co_await DiskSpace(folders.volume(limit.name), executor) <= limit.bytes) continue;
    if (released_) break;
    parts_.report(
        {.kind = HostReport::Kind::kEvicted, .group = number_, .message = OutgrownMessage(limit)});
    break;
  }
  looking_at_volumes_ = false;
}

}  // namespace vk::fake
