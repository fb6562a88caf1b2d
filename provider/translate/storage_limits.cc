#include "provider/translate/storage_limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "provider/translate/quantity.h"
#include "provider/translate/sidecars.h"

namespace vk::translate {
namespace {

namespace core = k8s::io::api::core::v1;

constexpr char kResource[] = "ephemeral-storage";

// The text of a container's limit; empty: it has none.
std::string LimitText(const core::Container& container) {
  const auto& limits = container.resources().limits();
  const auto found = limits.find(kResource);
  return found == limits.end() ? std::string() : found->second.string();
}

bool HasFolderOnDisk(const core::PodSpec& spec) {
  return std::ranges::any_of(spec.volumes(), [](const core::Volume& volume) {
    return volume.volumesource().has_emptydir() &&
           volume.volumesource().emptydir().medium().empty();
  });
}

bool HasOneContainer(const core::PodSpec& spec) {
  return spec.containers_size() == 1 && !HasSidecars(spec);
}

// The limit in the form of Kubernetes' own sums: "20Mi".
std::string SumText(const core::PodSpec& spec, std::int64_t limit) {
  if (HasOneContainer(spec)) return LimitText(spec.containers(0));
  constexpr const char* kUnits[] = {"", "Ki", "Mi", "Gi", "Ti", "Pi"};
  std::size_t unit = 0;
  for (; limit % 1024 == 0 && unit + 1 < std::size(kUnits); ++unit) limit /= 1024;
  return fmt::format("{}{}", limit, kUnits[unit]);
}

}  // namespace

std::optional<std::int64_t> StorageLimit(const core::PodSpec& spec) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  std::optional<std::int64_t> sum;
  const auto add = [&](const core::Container& container) {
    const auto limit = ParseUnits(LimitText(container));
    if (limit.value_or(0) <= 0) return;
    sum = *limit > kMost - sum.value_or(0) ? kMost : sum.value_or(0) + *limit;
  };
  std::ranges::for_each(spec.containers(), add);
  for (const core::Container& init : spec.initcontainers()) {
    if (IsSidecar(init)) add(init);
  }
  return sum;
}

std::optional<std::string> StorageEviction(const core::PodSpec& spec, std::int64_t used) {
  const auto limit = StorageLimit(spec);
  if (!limit || used <= *limit) return std::nullopt;
  if (HasOneContainer(spec) && !HasFolderOnDisk(spec)) {
    return fmt::format("Container {} exceeded its local ephemeral storage limit \"{}\". ",
                       spec.containers(0).name(), SumText(spec, *limit));
  }
  return fmt::format("Pod ephemeral local storage usage exceeds the total limit of containers {}. ",
                     SumText(spec, *limit));
}

}  // namespace vk::translate
