#include "provider/kube/watch_frames.h"

#include <boost/json/stream_parser.hpp>
#include <cstdint>
#include <utility>

#include "base/proto_json/json_value.h"
#include "proto/kubernetes/meta/v1/meta.pb.h"
#include "provider/kube/envelope.h"
#include "provider/kube/object_bytes.h"
#include "provider/kube/status_error.h"

namespace vk::kube {
namespace {

namespace meta = k8s::io::apimachinery::pkg::apis::meta::v1;

constexpr std::size_t kHeader = 4;

std::size_t FrameSize(std::string_view header) {
  std::uint32_t size = 0;
  for (const char c : header.substr(0, kHeader)) size = size << 8 | static_cast<unsigned char>(c);
  return size;
}

base::Result<WatchEvent> Decode(std::string_view frame) {
  // Kubernetes 1.36.1 sends the event bare and only its object enveloped; the stream serializer's
  // documentation promises an envelope around both, so either is read.
  Envelope outer;
  if (IsEnveloped(frame)) {
    VK_TRY(unwrapped, Unwrap(frame));
    outer = std::move(unwrapped);
  }
  meta::WatchEvent wire;
  VK_CHECK_OK(FromBytes(outer.object.empty() ? frame : std::string_view(outer.object), &wire));
  if (wire.type() == "ERROR") {
    VK_TRY(inner, Unwrap(wire.object().raw()));
    meta::Status status;
    VK_CHECK_OK(FromBytes(inner.object, &status));
    return std::unexpected(ErrorFromStatus(status));
  }
  const auto type = WatchEventTypeOf(wire.type());
  if (!type)
    return std::unexpected(base::Error(base::ErrorCode::kInternal,
                                       "read a watch event: unknown type \"" + wire.type() + "\""));
  VK_TRY(inner, Unwrap(wire.object().raw()));
  WatchEvent event{.type = *type, .object = std::move(inner.object), .received = {}};
  if (*type == WatchEventType::kBookmark) {
    VK_TRY(ends, EndsInitialEvents(event.object));
    event.initial_events_end = ends;
  }
  return event;
}

// What {"type":"ERROR","object":{a Status}} says.
std::optional<base::Error> ErrorInJson(std::string_view text) {
  boost::json::stream_parser parser;
  boost::system::error_code error;
  parser.write_some(text.data(), text.size(), error);
  if (error || !parser.done()) return std::nullopt;
  const boost::json::value event = parser.release();
  const auto* fields = event.if_object();
  const auto* type = fields ? fields->if_contains("type") : nullptr;
  const auto* object = fields ? fields->if_contains("object") : nullptr;
  if (!type || !object || *type != "ERROR") return std::nullopt;
  meta::Status status;
  if (!base::FromJsonValue(*object, base::JsonNames::kKubernetes, &status)) return std::nullopt;
  return ErrorFromStatus(status);
}

}  // namespace

void WatchFrames::Append(std::string_view bytes) {
  buffer_.erase(0, begin_);
  begin_ = 0;
  buffer_ += bytes;
}

base::Result<std::optional<WatchEvent>> WatchFrames::Next() {
  const std::string_view rest = std::string_view(buffer_).substr(begin_);
  if (rest.size() < kHeader) return std::optional<WatchEvent>();
  const std::size_t size = FrameSize(rest);
  if (size == 0 || size > limit_) return std::unexpected(Garbage());
  if (rest.size() < kHeader + size) return std::optional<WatchEvent>();
  begin_ += kHeader + size;
  VK_TRY(event, Decode(rest.substr(kHeader, size)));
  return std::optional<WatchEvent>(std::move(event));
}

base::Error WatchFrames::Garbage() const {
  const std::string_view rest = std::string_view(buffer_).substr(begin_);
  if (auto told = ErrorInJson(rest)) return std::move(*told);
  base::Error error = ErrorFromReply(500, {}, rest);
  error.code = base::ErrorCode::kInternal;
  return std::move(error).In("read a watch: not a protobuf frame");
}

}  // namespace vk::kube
