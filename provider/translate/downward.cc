#include "provider/translate/downward.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "provider/translate/quantity.h"

namespace vk::translate {
namespace {

using TextMap = google::protobuf::Map<std::string, std::string>;

constexpr std::int64_t kFreeStorage = 30 * kGiB;

// As Go's strconv.Quote writes it.
std::string Quote(std::string_view text) {
  static constexpr std::string_view kEscaped = "\a\b\f\n\r\t\v\\\"";
  static constexpr std::string_view kLetters = "abfnrtv\\\"";
  std::string quoted = "\"";
  for (const char c : text) {
    const std::size_t known = kEscaped.find(c);
    if (known != std::string_view::npos) {
      quoted += '\\';
      quoted += kLetters[known];
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      quoted += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string FormatMap(const TextMap& map) {
  std::string lines;
  for (const auto& [key, value] : std::map<std::string, std::string>(map.begin(), map.end())) {
    if (!lines.empty()) lines += '\n';
    lines += key + "=" + Quote(value);
  }
  return lines;
}

std::optional<std::string> Entry(const TextMap& map, std::string_view path,
                                 std::string_view prefix) {
  if (!path.starts_with(prefix) || !path.ends_with("']")) return std::nullopt;
  path.remove_prefix(prefix.size());
  path.remove_suffix(2);
  const auto found = map.find(std::string(path));
  return found == map.end() ? std::string() : found->second;
}

// The fields that environment and volumes share.
std::optional<std::string> MetadataField(const core::Pod& pod, const std::string& field) {
  const auto& metadata = pod.metadata();
  if (field == "metadata.name") return metadata.name();
  if (field == "metadata.namespace") return metadata.namespace_();
  if (field == "metadata.uid") return metadata.uid();
  if (auto label = Entry(metadata.labels(), field, "metadata.labels['")) return label;
  return Entry(metadata.annotations(), field, "metadata.annotations['");
}

NotNow UnknownField(const std::string& path, const std::string& field) {
  return Unsupported({fmt::format("{}.fieldRef.fieldPath ({})", path, field)});
}

const core::Container* FindContainer(const core::PodSpec& spec, const std::string& name) {
  for (const auto* list : {&spec.containers(), &spec.initcontainers()}) {
    const auto found = std::ranges::find(*list, name, [](const auto& c) { return c.name(); });
    if (found != list->end()) return &*found;
  }
  return nullptr;
}

std::int64_t CeilDiv(std::int64_t value, std::int64_t divisor) {
  return value / divisor + (value % divisor != 0 ? 1 : 0);
}

// The group's own amount of a resource, in thousandths.
std::int64_t GroupMilli(const std::string& resource, const Translation& translation) {
  if (resource == "cpu") return translation.size.milli_cpu;
  if (resource == "memory") return translation.size.memory * 1000;
  return (kFreeStorage + ExtraStorageGiB(translation.pod.spec()) * kGiB) * 1000;
}

}  // namespace

Planned<FieldValue> EnvironmentField(const core::ObjectFieldSelector& selector,
                                     const std::string& path, const Translation& translation) {
  const std::string& field = selector.fieldpath();
  const core::PodSpec& spec = translation.pod.spec();
  if (field == "status.podIP" || field == "status.podIPs") return FieldValue{"", true};
  if (field == "status.hostIP" || field == "status.hostIPs") {
    return FieldValue{translation.node.node_ip};
  }
  if (field == "spec.nodeName") return FieldValue{spec.nodename()};
  if (field == "spec.serviceAccountName") return FieldValue{spec.serviceaccountname()};
  if (auto value = MetadataField(translation.pod, field)) return FieldValue{std::move(*value)};
  return std::unexpected(UnknownField(path, field));
}

Planned<std::string> VolumeField(const core::ObjectFieldSelector& selector, const std::string& path,
                                 const Translation& translation) {
  const std::string& field = selector.fieldpath();
  if (field == "metadata.labels") return FormatMap(translation.pod.metadata().labels());
  if (field == "metadata.annotations") return FormatMap(translation.pod.metadata().annotations());
  if (auto value = MetadataField(translation.pod, field)) return std::move(*value);
  return std::unexpected(UnknownField(path, field));
}

Planned<std::string> ResourceField(const core::ResourceFieldSelector& selector,
                                   const core::Container* self, const std::string& path,
                                   const Translation& translation) {
  const core::Container* container = self;
  if (!selector.containername().empty()) {
    container = FindContainer(translation.pod.spec(), selector.containername());
  }
  if (container == nullptr) {
    return std::unexpected(Invalid(path, fmt::format("resourceFieldRef names the container \"{}\", "
                                                     "which the pod does not have",
                                                     selector.containername())));
  }
  const std::string& name = selector.resource();
  const std::string resource = name.substr(name.find('.') + 1);
  const bool limit = name.starts_with("limits.");
  const bool known = resource == "cpu" || resource == "memory" || resource == "ephemeral-storage";
  if (!known || !(limit || name.starts_with("requests."))) {
    return std::unexpected(
        Unsupported({fmt::format("{}.resourceFieldRef.resource ({})", path, name)}));
  }

  std::int64_t milli = limit ? MilliLimit(container->resources(), resource)
                             : MilliRequest(container->resources(), resource);
  if (limit && milli == 0) milli = GroupMilli(resource, translation);
  std::int64_t divisor = ParseMilli(selector.divisor().string()).value_or(0);
  if (divisor == 0) divisor = 1000;
  // The kubelet counts all but the CPU in whole units before it divides.
  if (resource != "cpu") {
    milli = CeilDiv(milli, 1000);
    divisor = CeilDiv(divisor, 1000);
  }
  return std::to_string(CeilDiv(milli, divisor));
}

}  // namespace vk::translate
