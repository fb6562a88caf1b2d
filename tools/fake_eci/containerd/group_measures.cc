// The part of GroupMachine that measures: what the group uses, and how full its volumes are.

#include <boost/asio/this_coro.hpp>
#include <filesystem>
#include <utility>
#include <vector>

#include "tools/fake_eci/containerd/group_machine.h"

namespace vk::fake {

void GroupMachine::Measure() {
  if (sandbox_.empty() || released_ || measuring_) return;
  measuring_ = true;
  Aside("usage", MeasureDisk());
}

// What its containers have written: their own layers, and their logs and volumes on the disk.
boost::asio::awaitable<void> GroupMachine::MeasureDisk() {
  const auto executor = co_await boost::asio::this_coro::executor;
  std::vector<std::filesystem::path> folders{GroupFolders(parts_.paths, group_id_).top};
  for (const auto& [container, running] : running_) {
    auto layer =
        parts_.usage.WritableLayer(parts_.paths.cgroup() + "/" + group_id_ + "/" + running.id);
    if (!layer.empty()) folders.push_back(std::move(layer));
  }
  std::int64_t written = 0;
  for (const auto& folder : folders) written += co_await DiskSpace(folder, executor);
  measuring_ = false;
  if (!released_) NoteUsage(written);
}

void GroupMachine::NoteUsage(std::int64_t written) {
  const std::string top = parts_.paths.cgroup() + "/" + group_id_;
  UsageSample sample{.at = parts_.clock.WallNow(),
                     .whole = parts_.usage.Resources(top),
                     .interfaces = parts_.usage.Interfaces(top),
                     .disks = parts_.usage.Disks(top),
                     .filesystems = RootFilesystem(parts_.paths.root)};
  for (FilesystemUsage& root : sample.filesystems) root.used = written;
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
