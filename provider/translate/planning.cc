#include "provider/translate/planning.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace vk::translate {

NotNow Unsupported(const std::vector<std::string>& paths) {
  return {NotNow::Kind::kUnsupported,
          {.reason = "UnsupportedPodField",
           .message = fmt::format("The pod is not started, since the virtual node does not support "
                                  "{}. Remove it, or run the pod on another node.",
                                  fmt::join(paths, ", "))},
          {}};
}

NotNow Invalid(const std::string& path, const std::string& what) {
  return {NotNow::Kind::kInvalid,
          {.reason = "InvalidPod", .message = fmt::format("{}: {}", path, what)},
          {}};
}

NotNow TooLarge(const std::string& message) {
  return {NotNow::Kind::kTooLarge, {.reason = "CloudLimitExceeded", .message = message}, {}};
}

std::string At(std::string_view list, int index) { return fmt::format("{}[{}]", list, index); }

std::vector<std::string> SplitList(std::string_view list) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    std::string_view part = list.substr(0, comma);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    const std::size_t first = part.find_first_not_of(" \t\n");
    if (first == std::string_view::npos) continue;
    part = part.substr(first, part.find_last_not_of(" \t\n") - first + 1);
    parts.emplace_back(part);
  }
  return parts;
}

}  // namespace vk::translate
