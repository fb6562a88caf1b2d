#include "provider/kube/watch_lines.h"

#include <google/protobuf/message.h>

#include <boost/json/value.hpp>
#include <memory>
#include <utility>

#include "base/proto_json/json_text.h"
#include "base/proto_json/json_value.h"
#include "proto/kubernetes/meta/v1/meta.pb.h"
#include "provider/kube/object_bytes.h"
#include "provider/kube/status_error.h"

namespace vk::kube {
namespace {

base::Error Garbage(std::string_view text) {
  base::Error error = ErrorFromReply(500, {}, text);
  error.code = base::ErrorCode::kInternal;
  return std::move(error).In("read a watch: not a line of JSON events");
}

base::Result<WatchEvent> Decode(std::string_view line, const google::protobuf::Message& type) {
  const auto json = base::ParseJson(line);
  const auto* fields = json ? json->if_object() : nullptr;
  const auto* name = fields ? fields->if_contains("type") : nullptr;
  const auto* object = fields ? fields->if_contains("object") : nullptr;
  if (!name || !name->is_string() || !object) return std::unexpected(Garbage(line));
  if (*name == "ERROR") {
    k8s::io::apimachinery::pkg::apis::meta::v1::Status status;
    if (!base::FromJsonValue(*object, base::JsonNames::kKubernetes, &status))
      return std::unexpected(Garbage(line));
    return std::unexpected(ErrorFromStatus(status));
  }
  const auto known = WatchEventTypeOf(std::string_view(name->get_string()));
  if (!known) return std::unexpected(Garbage(line));
  WatchEvent event{.type = *known, .object = {}, .received = {}};
  const std::unique_ptr<google::protobuf::Message> message(type.New());
  if (base::FromJsonValue(*object, base::JsonNames::kKubernetes, message.get()))
    event.object = ToBytes(*message);
  if (*known == WatchEventType::kBookmark) {
    VK_TRY(ends, EndsInitialEvents(event.object));
    event.initial_events_end = ends;
  }
  return event;
}

}  // namespace

void WatchLines::Append(std::string_view bytes) {
  buffer_.erase(0, begin_);
  begin_ = 0;
  buffer_ += bytes;
}

base::Result<std::optional<WatchEvent>> WatchLines::Next() {
  const std::string_view rest = std::string_view(buffer_).substr(begin_);
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) {
    if (rest.size() > limit_) return std::unexpected(Garbage(rest));
    return std::optional<WatchEvent>();
  }
  begin_ += end + 1;
  VK_TRY(event, Decode(rest.substr(0, end), type_));
  return std::optional<WatchEvent>(std::move(event));
}

}  // namespace vk::kube
