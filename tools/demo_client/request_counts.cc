#include "tools/demo_client/request_counts.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace vk::demo {
namespace {

constexpr std::string_view kMetric = "apiserver_flowcontrol_dispatched_requests_total{";
constexpr std::string_view kSchemaLabel = "flow_schema=\"";
constexpr std::string_view kPrefix = "request.";

// How the verbs of the API are called on the wire; the others are known by their own names.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kMethods = {{
    {"create", "POST"},
    {"update", "PUT"},
    {"patch", "PATCH"},
    {"delete", "DELETE"},
}};

std::string NameOf(std::string_view verb) {
  for (const auto& [name, method] : kMethods) {
    if (name == verb) return std::string(method);
  }
  std::string upper(verb);
  std::ranges::transform(upper, upper.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  });
  return upper;
}

// Empty for the schemas of others.
std::string KindOf(std::string_view schema, std::string_view rest) {
  if (schema == rest) return "other";
  if (!schema.starts_with(kPrefix)) return {};
  schema.remove_prefix(kPrefix.size());
  const std::size_t dot = schema.find('.');
  if (dot == std::string_view::npos) return {};
  std::string resource(schema.substr(dot + 1));
  std::ranges::replace(resource, '.', '/');
  return NameOf(schema.substr(0, dot)) + " " + resource;
}

}  // namespace

RequestCounts ReadRequestCounts(std::string_view metrics, std::string_view rest) {
  RequestCounts counts;
  while (!metrics.empty()) {
    const std::size_t end = std::min(metrics.find('\n'), metrics.size());
    const std::string_view line = metrics.substr(0, end);
    metrics.remove_prefix(std::min(end + 1, metrics.size()));
    if (!line.starts_with(kMetric)) continue;
    const std::size_t label = line.find(kSchemaLabel);
    if (label == std::string_view::npos) continue;
    const std::size_t begin = label + kSchemaLabel.size();
    const std::string kind = KindOf(line.substr(begin, line.find('"', begin) - begin), rest);
    const std::string_view number = line.substr(line.rfind(' ') + 1);
    double value = 0;
    const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
    if (kind.empty() || read.ec != std::errc()) continue;
    counts[kind] += static_cast<std::uint64_t>(value);
  }
  std::erase_if(counts, [](const auto& count) { return count.second == 0; });
  return counts;
}

RequestCounts Since(const RequestCounts& before, RequestCounts now) {
  for (const auto& [kind, count] : before) {
    const auto found = now.find(kind);
    if (found != now.end()) found->second -= std::min(found->second, count);
  }
  std::erase_if(now, [](const auto& count) { return count.second == 0; });
  return now;
}

}  // namespace vk::demo
