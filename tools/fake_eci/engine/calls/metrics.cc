// Monitoring: what real containers were measured to use; of simulated ones a plausible load that
// follows from the clock alone, so that every reader agrees.

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string>

#include "proto/eci/v1/container_group.pb.h"
#include "proto/eci/v1/metric.pb.h"
#include "tools/fake_eci/engine/calls/handlers.h"
#include "tools/fake_eci/engine/calls/selection.h"
#include "tools/fake_eci/engine/cloud_error.h"
#include "tools/fake_eci/engine/group/spec.h"
#include "tools/fake_eci/engine/text.h"
#include "tools/fake_eci/engine/world.h"

namespace vk::fake {
namespace {

using namespace std::chrono_literals;

constexpr double kLoad = 0.3;         // The part of the group's vCPUs in use.
constexpr double kMemoryShare = 0.4;  // The part of its memory in use.
constexpr std::int64_t kGib = 1LL << 30;
constexpr std::int64_t kDisk = 30 * kGib;
constexpr std::int64_t kNetworkBytesPerSecond = 10'000;
constexpr std::size_t kMaxIds = 20;
constexpr int kMaxRecords = 50;
constexpr auto kRecent = 5min;

// What its containers have written, by their variable FAKE_ECI_DISK_MIB.
std::int64_t BytesWritten(const Group& group) {
  constexpr std::int64_t kMib = 1 << 20;
  std::int64_t mib = 0;
  const auto spec = ParseSpec(group);
  for (const eci::v1::Container& container : spec.container()) {
    for (const eci::v1::EnvironmentVar& variable : container.environment_var()) {
      std::int32_t number = 0;
      if (variable.key() != "FAKE_ECI_DISK_MIB") continue;
      const std::string& text = variable.value();
      std::from_chars(text.data(), text.data() + text.size(), number);
      mib += std::max(number, 0);
    }
  }
  return mib * kMib;
}

struct Load {
  double cpus;
  double gib;
  std::chrono::seconds running;
};

void FillCpu(const Load& load, eci::v1::CpuMetric* cpu) {
  const double used = load.cpus * kLoad;
  cpu->set_usage_nano_cores(static_cast<std::int64_t>(used * 1e9));
  cpu->set_usage_core_nano_seconds(
      static_cast<std::int64_t>(used * 1e9 * static_cast<double>(load.running.count())));
  cpu->set_load(static_cast<std::int64_t>(used * 1000));
  cpu->set_limit(static_cast<std::int64_t>(load.cpus * 1000));
}

void FillMemory(const Load& load, eci::v1::MemoryMetric* memory) {
  const auto all = static_cast<std::int64_t>(load.gib * static_cast<double>(kGib));
  const auto used = static_cast<std::int64_t>(static_cast<double>(all) * kMemoryShare);
  memory->set_working_set(used);
  memory->set_rss(used - used / 8);
  memory->set_cache(used / 8);
  memory->set_usage_bytes(used);
  memory->set_available_bytes(all - used);
}

// One record at `at`; both calls have records of this form.
void FillRecord(const Group& group, base::WallTime at, auto* record) {
  const auto started = group.placed ? group.placed->wall : group.created.wall;
  const auto running = std::max(0s, std::chrono::duration_cast<std::chrono::seconds>(at - started));
  record->set_timestamp(TimeText(at));
  const Load whole{group.size.cpu, group.size.memory, running};
  FillCpu(whole, record->mutable_cpu());
  FillMemory(whole, record->mutable_memory());
  const auto apps = static_cast<double>(group.containers.size() - group.init_count());
  for (const SimulatedContainer& container : group.containers) {
    if (container.init) continue;
    const Load share{whole.cpus / apps, whole.gib / apps, running};
    auto* metric = record->add_containers();
    metric->set_name(container.name);
    FillCpu(share, metric->mutable_cpu());
    FillMemory(share, metric->mutable_memory());
  }
  auto* interface = record->mutable_network()->add_interfaces();
  interface->set_name("eth0");
  interface->set_rx_bytes(kNetworkBytesPerSecond * running.count());
  interface->set_tx_bytes(kNetworkBytesPerSecond * running.count());
  auto* filesystem = record->add_filesystem();
  filesystem->set_fs_name("/");
  const std::int64_t written = BytesWritten(group);
  filesystem->set_capacity(kDisk);
  filesystem->set_usage(written);
  filesystem->set_available(std::max<std::int64_t>(0, kDisk - written));
}

std::int64_t BytesOf(double gib) {
  return static_cast<std::int64_t>(gib * static_cast<double>(kGib));
}

// `limit` is of the container, else of its group.
void FillMeasured(const ResourceUsage& usage, Size limit, eci::v1::CpuMetric* cpu,
                  eci::v1::MemoryMetric* memory) {
  cpu->set_usage_nano_cores(usage.nano_cores);
  cpu->set_usage_core_nano_seconds(usage.cpu_nanoseconds);
  // What it is at the cloud is not documented: here the thousandths of a core in use.
  cpu->set_load(usage.nano_cores / 1'000'000);
  cpu->set_limit(static_cast<std::int64_t>(limit.cpu * 1000));
  memory->set_usage_bytes(usage.memory);
  memory->set_working_set(usage.working_set);
  memory->set_rss(usage.rss);
  memory->set_cache(usage.cache);
  memory->set_available_bytes(std::max<std::int64_t>(0, BytesOf(limit.memory) - usage.working_set));
}

Size LimitOf(const eci::v1::CreateContainerGroupRequest& spec, const std::string& name,
             Size whole) {
  const auto found = std::ranges::find(spec.container(), name,
                                       [](const auto& container) { return container.name(); });
  if (found == spec.container().end()) return whole;
  return {found->cpu() > 0 ? found->cpu() : whole.cpu,
          found->memory() > 0 ? found->memory() : whole.memory};
}

void FillInterface(const NetworkUsage& usage, eci::v1::NetworkMetric::Interface* interface) {
  interface->set_name(usage.name);
  interface->set_rx_bytes(usage.received.bytes);
  interface->set_rx_packets(usage.received.packets);
  interface->set_rx_errors(usage.received.errors);
  interface->set_rx_drops(usage.received.drops);
  interface->set_tx_bytes(usage.sent.bytes);
  interface->set_tx_packets(usage.sent.packets);
  interface->set_tx_errors(usage.sent.errors);
  interface->set_tx_drops(usage.sent.drops);
}

// The same for what was measured.
void FillRecord(const Group& group, const UsageSample& sample, auto* record) {
  record->set_timestamp(TimeText(sample.at));
  FillMeasured(sample.whole, group.size, record->mutable_cpu(), record->mutable_memory());
  const auto spec = ParseSpec(group);
  for (const ResourceUsage& usage : sample.containers) {
    auto* metric = record->add_containers();
    metric->set_name(usage.name);
    FillMeasured(usage, LimitOf(spec, usage.name, group.size), metric->mutable_cpu(),
                 metric->mutable_memory());
  }
  for (const NetworkUsage& usage : sample.interfaces) {
    FillInterface(usage, record->mutable_network()->add_interfaces());
  }
  for (const DiskUsage& usage : sample.disks) {
    auto* disk = record->add_disk();
    disk->set_device(usage.device);
    disk->set_read_bytes(usage.read_bytes);
    disk->set_read_io(usage.read_operations);
    disk->set_write_bytes(usage.written_bytes);
    disk->set_write_io(usage.write_operations);
  }
  for (const FilesystemUsage& usage : sample.filesystems) {
    auto* filesystem = record->add_filesystem();
    filesystem->set_fs_name(usage.name);
    filesystem->set_capacity(usage.capacity);
    filesystem->set_available(usage.available);
    filesystem->set_usage(usage.used);
  }
}

struct Range {
  base::WallTime start;
  base::WallTime end;
  std::chrono::seconds period{15};
};

// Without a range: the last five minutes at 15 s, whatever the period says.
base::Result<Range> ReadRange(const World& world,
                              const eci::v1::DescribeContainerGroupMetricRequest& request) {
  if (request.start_time().empty() && request.end_time().empty()) {
    return Range{world.now.wall - kRecent, world.now.wall};
  }
  const auto start = ParseTime(request.start_time());
  const auto end = ParseTime(request.end_time());
  if (!start || !end || *start >= *end) {
    return std::unexpected(InvalidParameter("StartTime", "StartTime and EndTime span no time"));
  }
  if (*start < world.now.wall - std::chrono::days(30)) {
    return std::unexpected(InvalidParameter("StartTime", "it is more than 30 days ago"));
  }
  int period = 60;
  if (const std::string& text = request.period(); !text.empty()) {
    std::from_chars(text.data(), text.data() + text.size(), period);
    if (period != 15 && period != 30 && period != 60 && period != 600) {
      return std::unexpected(InvalidParameter("Period", "it must be 15, 30, 60 or 600"));
    }
  }
  Range range{*start, *end, std::chrono::seconds(period)};
  if ((range.end - range.start) / range.period > kMaxRecords) {
    return std::unexpected(InvalidParameter("Period", "the range has more than 50 records"));
  }
  return range;
}

// The last sample of each period that has one.
void FillRecords(const World& world, const Group& group, const Range& range,
                 eci::v1::DescribeContainerGroupMetricResponse* reply) {
  const auto samples = world.host->ReadUsage(group, range.start, range.end);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto period_of = [&](std::size_t index) {
      return (samples[index].at - range.start - std::chrono::nanoseconds(1)) / range.period;
    };
    if (i + 1 < samples.size() && period_of(i) == period_of(i + 1)) continue;
    FillRecord(group, samples[i], reply->add_records());
  }
}

}  // namespace

VK_FAKE_HANDLER(DescribeContainerGroupMetric) {
  const std::string& region =
      request.region_id().empty() ? world.options.region : request.region_id();
  VK_TRY(group, GetGroup(world, region, request.container_group_id()));
  VK_TRY(range, ReadRange(world, request));
  eci::v1::DescribeContainerGroupMetricResponse reply;
  reply.set_container_group_id(group->id);
  if (world.host != nullptr) {
    FillRecords(world, *group, range, &reply);
    return reply;
  }
  for (auto at = range.start + range.period; at <= range.end; at += range.period) {
    const bool lived =
        group->placed && at >= group->placed->wall && (!group->ended || at <= group->ended->wall);
    if (lived) FillRecord(*group, at, reply.add_records());
  }
  return reply;
}

VK_FAKE_HANDLER(DescribeMultiContainerGroupMetric) {
  VK_TRY(ids, ParseTextArray("ContainerGroupIds", request.container_group_ids()));
  if (ids.size() > kMaxIds) {
    return std::unexpected(InvalidParameter("ContainerGroupIds", "at most 20 ids"));
  }
  eci::v1::DescribeMultiContainerGroupMetricResponse reply;
  for (const std::string& id : ids) {
    const Group* group = FindGroupIn(world, request.region_id(), id);
    if (group == nullptr || !group->placed || group->ended) continue;
    auto* data = reply.add_monitor_datas();
    data->set_container_group_id(id);
    if (world.host != nullptr) {
      const auto samples = world.host->ReadUsage(*group, world.now.wall - kRecent, world.now.wall);
      if (!samples.empty()) FillRecord(*group, samples.back(), data->add_records());
      continue;
    }
    FillRecord(*group, world.now.wall, data->add_records());
  }
  return reply;
}

}  // namespace vk::fake
