#include "provider/translate/host_paths.h"

#include <algorithm>
#include <optional>

namespace vk::translate {
namespace {

constexpr std::string_view kTimeZoneFiles[] = {"/etc/localtime", "/etc/timezone",
                                               "/usr/share/zoneinfo"};
constexpr std::string_view kScratchFolders[] = {"/tmp", "/var/log", "/var/tmp"};
constexpr std::string_view kMadeFolderTypes[] = {"", "DirectoryOrCreate"};
constexpr std::string_view kFolderTypes[] = {"", "Directory", "DirectoryOrCreate"};

// Takes the first component off `path`; nothing at its end.
std::optional<std::string_view> NextComponent(std::string_view* path) {
  while (path->starts_with('/')) path->remove_prefix(1);
  if (path->empty()) return std::nullopt;
  const std::string_view component = path->substr(0, path->find('/'));
  path->remove_prefix(component.size());
  return component;
}

template <class Folders>
bool IsInOne(std::string_view path, const Folders& folders) {
  return std::ranges::any_of(folders,
                             [&](std::string_view folder) { return IsAtOrBelow(path, folder); });
}

bool IsSame(std::string_view path, std::string_view other) {
  return IsAtOrBelow(path, other) && IsAtOrBelow(other, path);
}

template <class Words>
bool Contains(const Words& words, std::string_view word) {
  return std::ranges::find(words, word) != std::ranges::end(words);
}

template <class Predicate>
bool AnyMount(const core::PodSpec& spec, const std::string& volume, const Predicate& predicate) {
  const auto has_one = [&](const core::Container& container) {
    return std::ranges::any_of(container.volumemounts(), [&](const core::VolumeMount& mount) {
      return mount.name() == volume && predicate(mount);
    });
  };
  return std::ranges::any_of(spec.initcontainers(), has_one) ||
         std::ranges::any_of(spec.containers(), has_one);
}

// The node's own zone. A file of the zones, or a part of them, is a zone that the pod chose.
bool IsTimeZone(std::string_view path, const core::PodSpec& spec, const std::string& volume) {
  return std::ranges::any_of(kTimeZoneFiles,
                             [&](std::string_view file) { return IsSame(path, file); }) &&
         !AnyMount(spec, volume, [](const core::VolumeMount& mount) {
           return !mount.subpath().empty() || !mount.subpathexpr().empty();
         });
}

bool AllWrite(const core::PodSpec& spec, const std::string& volume) {
  return !AnyMount(spec, volume, [](const core::VolumeMount& mount) { return mount.readonly(); });
}

}  // namespace

HostPathUse UseOfHostPath(const core::Volume& volume, const core::PodSpec& spec,
                          const NodeFacts& node) {
  const core::HostPathVolumeSource& source = volume.volumesource().hostpath();
  const std::string_view path = source.path();
  if (IsTimeZone(path, spec, volume.name())) return HostPathUse::kTimeZone;
  if (!Contains(kFolderTypes, source.type())) return HostPathUse::kRefused;
  if (IsSame(path, "/dev/shm")) return HostPathUse::kSharedMemory;
  if (IsInOne(path, node.replaced_host_paths)) return HostPathUse::kReplaced;
  const bool scratch = IsInOne(path, kScratchFolders) &&
                       Contains(kMadeFolderTypes, source.type()) && AllWrite(spec, volume.name());
  return scratch ? HostPathUse::kScratch : HostPathUse::kRefused;
}

bool IsAtOrBelow(std::string_view path, std::string_view folder) {
  if (!path.starts_with('/')) return false;
  for (auto wanted = NextComponent(&folder); wanted; wanted = NextComponent(&folder)) {
    if (NextComponent(&path) != wanted) return false;
  }
  for (auto below = NextComponent(&path); below; below = NextComponent(&path)) {
    if (*below == "..") return false;
  }
  return true;
}

}  // namespace vk::translate
