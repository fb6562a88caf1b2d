#include "tools/demo_client/agent_log.h"

#include <charconv>
#include <optional>
#include <string_view>

namespace vk::demo {
namespace {

std::string_view Field(std::string_view line, std::string_view key) {
  const std::string wanted = " " + std::string(key) + "=";
  const std::size_t at = line.find(wanted);
  if (at == std::string_view::npos) return {};
  line.remove_prefix(at + wanted.size());
  return line.substr(0, line.find(' '));
}

std::optional<double> Number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::map<std::string, CreationTimes> ReadCreationTimes(std::istream& log) {
  std::map<std::string, CreationTimes> times;
  for (std::string line; std::getline(log, line);) {
    if (line.find(" created container group ") == std::string::npos) continue;
    const auto added = Number(Field(line, "added_ms"));
    const auto inputs = Number(Field(line, "inputs_ms"));
    if (added && inputs) times.try_emplace(std::string(Field(line, "pod_uid")), *added, *inputs);
  }
  return times;
}

}  // namespace vk::demo
