#include "provider/kube/status_error.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "base/proto_json/proto_json.h"
#include "proto/kubernetes/meta/v1/meta.pb.h"
#include "provider/kube/envelope.h"
#include "provider/kube/object_bytes.h"

namespace vk::kube {
namespace {

namespace meta = k8s::io::apimachinery::pkg::apis::meta::v1;
using base::ErrorCode;

constexpr std::size_t kExcerpt = 300;
// Source: k8s.io/apimachinery/pkg/apis/meta/v1, StatusReason.
constexpr std::string_view kReasonNotFound = "NotFound";
constexpr std::string_view kReasonConflict = "Conflict";

struct CodeOfStatus {
  int http;
  ErrorCode code;
};
// Any other 4xx says that our request is wrong, any 5xx that the same may work later.
constexpr CodeOfStatus kCodes[] = {
    {401, ErrorCode::kUnauthenticated}, {403, ErrorCode::kPermissionDenied},
    {404, ErrorCode::kNotFound},        {408, ErrorCode::kUnavailable},
    {409, ErrorCode::kConflict},        {410, ErrorCode::kConflict},
    {429, ErrorCode::kThrottled},
};

ErrorCode CodeOf(int http, std::string_view reason) {
  if (http == 409 && reason == "AlreadyExists") return ErrorCode::kAlreadyExists;
  const auto* known = std::ranges::find(kCodes, http, &CodeOfStatus::http);
  if (known != std::end(kCodes)) return known->code;
  if (http >= 500) return ErrorCode::kUnavailable;
  return http >= 400 ? ErrorCode::kInvalidArgument : ErrorCode::kInternal;
}

std::string Excerpt(std::string_view body) {
  std::string text(body.substr(0, kExcerpt));
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) c = ' ';
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

std::optional<meta::Status> StatusIn(std::string_view body) {
  meta::Status status;
  if (IsEnveloped(body)) {
    const auto envelope = Unwrap(body);
    if (!envelope || envelope->kind != "Status" || !FromBytes(envelope->object, &status))
      return std::nullopt;
    return status;
  }
  if (!body.starts_with('{')) return std::nullopt;
  if (!base::FromJson(body, base::JsonNames::kKubernetes, &status)) return std::nullopt;
  if (status.status().empty() && status.code() == 0) return std::nullopt;
  return status;
}

std::optional<std::chrono::milliseconds> Seconds(std::string_view text) {
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0) return std::nullopt;
  return std::chrono::seconds(seconds);
}

base::Error Make(int http, const meta::Status& status) {
  base::Error error(CodeOf(http, status.reason()), status.message());
  error.cloud_code = status.reason();
  if (error.cloud_code.empty() && http == 410) error.cloud_code = "Gone";
  if (status.details().causes_size() > 0 && !status.details().causes(0).field().empty())
    error.cloud_code += " " + status.details().causes(0).field();
  if (status.details().retryafterseconds() > 0)
    error.retry_after = std::chrono::seconds(status.details().retryafterseconds());
  if (error.message.empty()) error.message = "HTTP status " + std::to_string(http);
  return error;
}

bool SaysNotFound(const meta::Status& status, const NamedObject& about) {
  const meta::StatusDetails& details = status.details();
  return status.reason() == kReasonNotFound && details.name() == about.name &&
         (details.kind().empty() || details.kind() == about.resource.plural) &&
         (details.group().empty() || details.group() == about.resource.group);
}

}  // namespace

base::Error ErrorFromStatus(const meta::Status& status) {
  return Make(status.code() == 0 ? 500 : status.code(), status);
}

base::Error ErrorFromReply(int http_status, const base::HttpHeaders& headers, std::string_view body,
                           const NamedObject* about) {
  const auto status = StatusIn(body);
  base::Error error = Make(http_status, status.value_or(meta::Status()));
  if (http_status == 404 && about != nullptr && !(status && SaysNotFound(*status, *about)))
    error.code = ErrorCode::kUnavailable;
  if (const std::string excerpt = status ? "" : Excerpt(body); !excerpt.empty())
    error.message += ": " + excerpt;
  if (const auto told = Seconds(base::FindHeader(headers, "Retry-After"))) error.retry_after = told;
  return error;
}

bool MayBeGone(const base::Error& error) {
  return (error.code == ErrorCode::kNotFound && error.cloud_code == kReasonNotFound) ||
         (error.code == ErrorCode::kConflict && error.cloud_code == kReasonConflict) ||
         (error.code == ErrorCode::kInvalidArgument && error.cloud_code == "Invalid metadata.uid");
}

bool ProvesGone(const base::Result<std::string>& read, std::string_view uid) {
  if (!read)
    return read.error().code == ErrorCode::kNotFound && read.error().cloud_code == kReasonNotFound;
  const auto identity = IdentityOf(*read);
  return identity && identity->uid != uid;
}

bool ResourceVersionExpired(const base::Error& error) {
  return error.code == ErrorCode::kConflict &&
         (error.cloud_code.starts_with("Expired") || error.cloud_code.starts_with("Gone"));
}

}  // namespace vk::kube
