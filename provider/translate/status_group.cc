#include "provider/translate/status_group.h"

#include <fmt/format.h>

#include <algorithm>

namespace vk::translate {
namespace {

namespace core = k8s::io::api::core::v1;

constexpr std::string_view kGroup = "Container group ";
constexpr std::string_view kNoGroup = "No container group: ";
constexpr std::string_view kContainerScheme = "eci://";

bool IsOfAnId(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

// The id that stands behind `prefix`, up to `end`; empty when `text` is not of this form.
std::string IdBehind(std::string_view prefix, std::string_view text, char end) {
  if (!text.starts_with(prefix)) return {};
  text.remove_prefix(prefix.size());
  const std::string_view id = text.substr(0, text.find(end));
  return std::ranges::all_of(id, IsOfAnId) ? std::string(id) : std::string();
}

}  // namespace

std::string InstanceMessage(std::string_view group_id, std::string_view trouble) {
  if (!group_id.empty())
    return fmt::format("{}{}{}{}", kGroup, group_id, trouble.empty() ? "" : ": ", trouble);
  return fmt::format("{}{}", trouble.starts_with(kGroup) ? kNoGroup : "", trouble);
}

std::string GroupNamedIn(const core::PodStatus& status) {
  for (const core::PodCondition& condition : status.conditions()) {
    if (condition.type() != kInstanceCreated) continue;
    std::string id = IdBehind(kGroup, condition.message(), ':');
    if (!id.empty() || condition.status() == "False") return id;
  }
  for (const core::ContainerStatus& container : status.containerstatuses()) {
    std::string id = IdBehind(kContainerScheme, container.containerid(), '/');
    if (!id.empty()) return id;
  }
  return {};
}

}  // namespace vk::translate
