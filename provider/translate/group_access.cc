#include "provider/translate/group_access.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "provider/translate/annotation_names.h"
#include "provider/translate/security.h"

namespace vk::translate {
namespace {

constexpr std::int32_t kReadable = 0440;
constexpr std::int32_t kGroupBits = 0070;
constexpr std::int32_t kOthersRead = 0004;
constexpr int kGroupToOthers = 3;
constexpr std::int32_t kOwnersToken = 0600;

bool WantsExactModes(const core::Pod& pod) {
  const auto found = pod.metadata().annotations().find(std::string(annotation::kFsGroupModes));
  return found != pod.metadata().annotations().end() && found->second == "exact";
}

// Whether a container mounts the volume and cannot be told to read what root and its group can.
bool MayBeOther(const core::Container& container, const core::PodSpec& spec,
                const std::string& volume) {
  return UserOf(container, spec) != 0 && GroupOf(container, spec) != 0 &&
         std::ranges::any_of(container.volumemounts(),
                             [&](const auto& mount) { return mount.name() == volume; });
}

// The user of all containers, if they have but one and say so.
std::optional<std::int64_t> OneUser(const core::PodSpec& spec) {
  if (spec.containers().empty()) return std::nullopt;
  const auto user = UserOf(spec.containers(0), spec);
  const auto has_it = [&](const core::Container& container) {
    return UserOf(container, spec) == user;
  };
  const bool same = std::ranges::all_of(spec.containers(), has_it) &&
                    std::ranges::all_of(spec.initcontainers(), has_it);
  return same ? user : std::nullopt;
}

}  // namespace

GroupAccess::GroupAccess(const core::Volume& volume, std::string path,
                         const Translation& translation)
    : volume_(volume), path_(std::move(path)), translation_(translation) {
  const core::PodSpec& spec = translation.pod.spec();
  applies_ = spec.securitycontext().has_fsgroup();
  const auto other = [&](const core::Container& container) {
    return MayBeOther(container, spec, volume.name());
  };
  others_ = std::ranges::any_of(spec.containers(), other) ||
            std::ranges::any_of(spec.initcontainers(), other);
  opens_ = applies_ && others_ && !WantsExactModes(translation.pod);
}

std::optional<std::int32_t> GroupAccess::TokenMode() const {
  const auto user = OneUser(translation_.pod.spec());
  if (!applies_ && !user) return std::nullopt;
  if (others_) return kOwnersToken | kReadable | kOthersRead;
  return applies_ || user != 0 ? kOwnersToken | kReadable : kOwnersToken;
}

std::int32_t GroupAccess::Mode(std::int32_t mode) {
  if (!applies_) return mode;
  mode |= kReadable;
  if (!opens_ || (mode & kOthersRead) != 0) return mode;
  mode |= (mode & kGroupBits) >> kGroupToOthers;
  opened_.insert(mode);
  return mode;
}

void GroupAccess::Tell() const {
  if (opened_.empty()) return;
  std::string modes;
  for (const std::int32_t mode : opened_) {
    modes += fmt::format("{}{:04o}", modes.empty() ? "" : ",", mode);
  }
  translation_.weakened.push_back(
      {fmt::format("{} (volume {})", path_, volume_.name()), Treatment::kWeakened, modes,
       fmt::format("the cloud cannot give files to fsGroup, so that all users of the pod may read "
                   "these; annotation {}: exact leaves the modes alone",
                   annotation::kFsGroupModes)});
}

}  // namespace vk::translate
