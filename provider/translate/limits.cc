#include "provider/translate/limits.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <string_view>

namespace vk::translate {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

struct ListLimit {
  std::string_view list;  // Its name within the request, "." before fields of items.
  int most;
};
// Where the gateway's own number is one higher than the documented one, the documented.
constexpr ListLimit kLimits[] = {
    {"container", 20},
    {"container.arg", 100},
    {"container.command", 100},
    {"container.lifecycle_post_start_handler_exec", 100},
    {"container.lifecycle_pre_stop_handler_exec", 100},
    {"container.liveness_probe.exec.command", 20},
    {"container.port", 100},
    {"container.readiness_probe.exec.command", 20},
    {"container.security_context.capability.add", 100},
    {"container.volume_mount", 100},
    {"dns_config.name_server", 20},
    {"dns_config.option", 20},
    {"dns_config.search", 20},
    {"host_aliase", 100},
    {"host_aliase.hostname", 50},
    {"host_security_context.sysctl", 100},
    {"image_registry_credential", 10},
    {"init_container", 20},
    {"init_container.arg", 100},
    {"init_container.command", 100},
    {"init_container.port", 100},
    {"init_container.volume_mount", 100},
    {"security_context.sysctl", 100},
    {"tag", 20},
    {"volume", 20},
    {"volume.config_file_volume.config_file_to_path", 90},
};

bool HasLimitInside(std::string_view name) {
  return std::ranges::any_of(kLimits, [&](const ListLimit& limit) {
    return limit.list.size() > name.size() && limit.list.starts_with(name) &&
           limit.list[name.size()] == '.';
  });
}

// Calls itself for what is inside; `name` is empty for the request, else ends with a point.
std::optional<NotNow> Check(const Message& message, const std::string& name,
                            const std::string& path) {
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool is_message = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (!field->is_repeated() && !is_message) continue;
    const std::string field_name = name + field->name();
    const std::string field_path = path + field->name();
    const int size = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    const auto* limit = std::ranges::find(kLimits, field_name, &ListLimit::list);
    if (limit != std::end(kLimits) && size > limit->most) {
      return TooLarge(
          fmt::format("{}: {} entries in the request for the container group, the cloud "
                      "takes at most {}",
                      field_path, size, limit->most));
    }
    if (!is_message || !HasLimitInside(field_name)) continue;
    for (int i = 0; i < size; ++i) {
      const Message& inside = field->is_repeated()
                                  ? reflection->GetRepeatedMessage(message, field, i)
                                  : reflection->GetMessage(message, field);
      const std::string inside_path = field->is_repeated() ? At(field_path, i) : field_path;
      if (auto over = Check(inside, field_name + ".", inside_path + ".")) return over;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<NotNow> OverLimit(const core::PodSpec& spec) {
  const struct {
    std::string_view field;
    std::string_view list;
    int size;
  } lists[] = {
      {"spec.containers", "container", spec.containers_size()},
      {"spec.initContainers", "init_container", spec.initcontainers_size()},
      {"spec.volumes", "volume", spec.volumes_size()},
  };
  for (const auto& [field, list, size] : lists) {
    const auto* limit = std::ranges::find(kLimits, list, &ListLimit::list);
    if (size <= limit->most) continue;
    return TooLarge(fmt::format("{}: {} entries, the cloud takes at most {} in a container group",
                                field, size, limit->most));
  }
  return std::nullopt;
}

std::optional<NotNow> OverLimit(const eci::v1::CreateContainerGroupRequest& request) {
  return Check(request, "", "");
}

}  // namespace vk::translate
