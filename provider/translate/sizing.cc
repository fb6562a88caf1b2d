#include "provider/translate/sizing.h"

#include <algorithm>
#include <array>
#include <limits>

#include "provider/translate/quantity.h"
#include "provider/translate/sidecars.h"

namespace vk::translate {
namespace {

namespace core = k8s::io::api::core::v1;

// Zeros end a row. Source: ECI, "Specifications that are supported".
struct SizeRow {
  int milli_cpu;
  std::array<double, 25> gib;
};
constexpr SizeRow kSizes[] = {
    {250, {0.5, 1}},
    {500, {1, 2}},
    {1000, {2, 4, 8}},
    {2000, {1, 2, 4, 8, 16}},
    {4000, {2, 4, 8, 16, 32}},
    {6000, {}},
    {8000, {4, 8, 16, 32, 64}},
    {12000, {12, 24, 48, 96}},
    {16000, {16, 32, 64, 128}},
    {24000, {24, 48, 96, 192}},
    {32000, {32, 64, 128, 256}},
    {52000, {96, 192, 384}},
    {64000, {128, 256, 512}},
};
constexpr SizeRow kExtraSizes[] = {
    {2000, {6, 10, 12, 14}},
    {4000, {6, 10, 12, 14, 18, 20, 22, 24, 26, 28, 30}},
    {6000, {6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 42, 44, 46, 48}},
    {8000, {10, 12, 14, 18, 20, 22, 24, 26, 28, 30, 34, 36, 38,
            40, 42, 44, 46, 48, 50, 52, 54, 56, 58, 60, 62}},
};
constexpr std::string_view kExtraRegions[] = {
    "ap-southeast-1", "cn-beijing",  "cn-chengdu",    "cn-guangzhou",
    "cn-hangzhou",    "cn-heyuan",   "cn-huhehaote",  "cn-qingdao",
    "cn-shanghai",    "cn-shenzhen", "cn-wulanchabu", "cn-zhangjiakou",
};
constexpr Size kDefaultSize{2000, 4 * kGiB};
constexpr int kLeastSpotCpu = 2000;
constexpr std::int64_t kFreeStorageGiB = 30;

// The least memory of the row that is enough, or 0.
std::int64_t LeastMemory(const SizeRow& row, std::int64_t wanted) {
  std::int64_t least = 0;
  for (const double gib : row.gib) {
    const auto bytes = static_cast<std::int64_t>(gib * static_cast<double>(kGiB));
    if (bytes != 0 && bytes >= wanted && (least == 0 || bytes < least)) least = bytes;
  }
  return least;
}

std::int64_t Units(std::int64_t milli) { return milli / 1000 + (milli % 1000 != 0 ? 1 : 0); }

// Saturates: what is beyond every size need not be told apart.
std::int64_t Add(std::int64_t a, std::int64_t b) {
  return a > std::numeric_limits<std::int64_t>::max() - b ? std::numeric_limits<std::int64_t>::max()
                                                          : a + b;
}

std::int64_t MilliOf(const google::protobuf::Map<
                         std::string, k8s::io::apimachinery::pkg::api::resource::Quantity>& amounts,
                     const std::string& name) {
  const auto found = amounts.find(name);
  return found == amounts.end() ? 0 : ParseMilli(found->second.string()).value_or(0);
}

bool IsLeftOut(const core::Container& container) {
  return std::ranges::any_of(container.env(), [](const core::EnvVar& variable) {
    return variable.name() == "__ECI_RESOURCE_IGNORE__" && variable.value() == "TRUE";
  });
}

// The pod's amount of one resource in thousandths, by the rules of WantedSize.
std::int64_t PodMilli(const core::PodSpec& spec, const std::string& name) {
  if (const auto own = MilliAmount(spec.resources(), name); own != 0) return own;
  std::int64_t most = 0;
  std::int64_t sidecars = 0;
  for (const core::Container& init : spec.initcontainers()) {
    const std::int64_t own = IsLeftOut(init) ? 0 : MilliAmount(init.resources(), name);
    if (IsSidecar(init)) sidecars = Add(sidecars, own);
    most = std::max(most, IsSidecar(init) ? sidecars : Add(sidecars, own));
  }
  std::int64_t sum = sidecars;
  for (const core::Container& container : spec.containers()) {
    if (!IsLeftOut(container)) sum = Add(sum, MilliAmount(container.resources(), name));
  }
  return std::max(most, sum);
}

}  // namespace

float VCpu(Size size) { return static_cast<float>(static_cast<double>(size.milli_cpu) / 1000); }

float GiB(Size size) {
  return static_cast<float>(static_cast<double>(size.memory) / static_cast<double>(kGiB));
}

std::int64_t MilliLimit(const core::ResourceRequirements& resources, const std::string& name) {
  return MilliOf(resources.limits(), name);
}

std::int64_t MilliRequest(const core::ResourceRequirements& resources, const std::string& name) {
  return MilliOf(resources.requests(), name);
}

std::int64_t MilliAmount(const core::ResourceRequirements& resources, const std::string& name) {
  const std::int64_t limit = MilliLimit(resources, name);
  return limit != 0 ? limit : MilliRequest(resources, name);
}

Size WantedSize(const core::PodSpec& spec) {
  return {PodMilli(spec, "cpu"), Units(PodMilli(spec, "memory"))};
}

std::int64_t ExtraStorageGiB(const core::PodSpec& spec) {
  const std::int64_t bytes = Units(PodMilli(spec, "ephemeral-storage"));
  const std::int64_t gib = bytes / kGiB + (bytes % kGiB != 0 ? 1 : 0);
  return std::max<std::int64_t>(0, gib - kFreeStorageGiB);
}

std::optional<Size> RoundUp(Size wanted, std::string_view region, bool spot) {
  if (wanted == Size{}) return kDefaultSize;
  const bool extra = !spot && std::ranges::find(kExtraRegions, region) != std::end(kExtraRegions);
  for (const SizeRow& row : kSizes) {
    if (row.milli_cpu < wanted.milli_cpu || (spot && row.milli_cpu < kLeastSpotCpu)) continue;
    std::int64_t memory = LeastMemory(row, wanted.memory);
    const auto* more = std::ranges::find(kExtraSizes, row.milli_cpu, &SizeRow::milli_cpu);
    if (extra && more != std::end(kExtraSizes)) {
      const std::int64_t other = LeastMemory(*more, wanted.memory);
      if (memory == 0 || (other != 0 && other < memory)) memory = other;
    }
    if (memory != 0) return Size{row.milli_cpu, memory};
  }
  return std::nullopt;
}

}  // namespace vk::translate
