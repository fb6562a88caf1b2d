#include "eci_client/reply_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>

#include "base/proto_json/proto_json.h"
#include "eci_client/error_table.h"
#include "proto/wire/v1/error_reply.pb.h"

namespace vk::eci {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongestPause = std::chrono::minutes(10);
constexpr std::size_t kLongestMessage = 512;
// On a wrong signature the cloud repeats what it signed: every parameter of the call.
constexpr std::string_view kEcho = "server string to sign is";

std::optional<std::int64_t> ParseNumber(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return std::nullopt;
  return number;
}

// The number after `name` and a colon in "Remain:0,TimeLeft:5000".
std::optional<std::int64_t> FlowValue(std::string_view header, std::string_view name) {
  const std::size_t at = header.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = header.substr(at + name.size());
  if (!rest.starts_with(':')) return std::nullopt;
  return ParseNumber(rest.substr(1));
}

void ReplaceAll(std::string* text, std::string_view from, std::string_view to) {
  for (std::size_t at = text->find(from); at != std::string::npos;
       at = text->find(from, at + to.size())) {
    text->replace(at, from.size(), to);
  }
}

// The text of the first element `name`. Enough for <Error><Code>..</Code>..</Error>, which is all
// the XML the API has.
std::string XmlElement(std::string_view xml, std::string_view name) {
  const std::string open = fmt::format("<{}>", name);
  const std::string close = fmt::format("</{}>", name);
  const std::size_t start = xml.find(open);
  if (start == std::string_view::npos) return "";
  const std::size_t from = start + open.size();
  const std::size_t end = xml.find(close, from);
  if (end == std::string_view::npos) return "";
  std::string text(xml.substr(from, end - from));
  for (const auto& [entity, character] :
       {std::pair<std::string_view, std::string_view>{"&lt;", "<"},
        {"&gt;", ">"},
        {"&quot;", "\""},
        {"&apos;", "'"},
        {"&amp;", "&"}}) {
    ReplaceAll(&text, entity, character);
  }
  return text;
}

// False unless `body` names a code.
bool ReadErrorReply(std::string_view body, wire::v1::ErrorReply* error) {
  const std::size_t start = body.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return false;
  if (body[start] == '{') {
    return base::FromJson(body, base::JsonNames::kEci, error) && !error->code().empty();
  }
  if (body.find("<Error>") == std::string_view::npos ||
      body.find("</Error>") == std::string_view::npos) {
    return false;
  }
  error->set_code(XmlElement(body, "Code"));
  error->set_message(XmlElement(body, "Message"));
  error->set_request_id(XmlElement(body, "RequestId"));
  return !error->code().empty();
}

std::string Tidy(std::string message) {
  std::string lower = message;
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  message.resize(std::min({message.size(), lower.find(kEcho), kLongestMessage}));
  for (char& c : message) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
  }
  while (!message.empty() && (message.back() == '.' || message.back() == ' ')) message.pop_back();
  return message;
}

std::string Describe(const wire::v1::ErrorReply& error, int status) {
  std::string text = Tidy(error.message());
  if (text.empty()) text = fmt::format("HTTP {} without a message", status);
  const ErrorRule* rule = FindErrorRule(error.code());
  const std::string_view remedy = rule != nullptr ? rule->remedy : std::string_view();
  return remedy.empty() ? fmt::format("{} ({})", text, error.code())
                        : fmt::format("{} ({}); {}", text, error.code(), remedy);
}

base::Error Unreadable(const base::HttpResponse& reply) {
  const std::string_view type = base::FindHeader(reply.headers, "content-type");
  return base::Error(
      reply.status == 429 ? base::ErrorCode::kThrottled : base::ErrorCode::kUnavailable,
      fmt::format("HTTP {} without an error of the cloud ({}, {} bytes); check that "
                  "the endpoint is the cloud's and no proxy answers for it",
                  reply.status, type.empty() ? "no content type" : type.substr(0, 64),
                  reply.body.size()));
}

}  // namespace

base::Error ErrorFromReply(const base::HttpResponse& reply) {
  wire::v1::ErrorReply body;
  const bool readable = ReadErrorReply(reply.body, &body);
  base::Error error =
      readable ? base::Error(CodeFor(body.code(), reply.status), Describe(body, reply.status))
               : Unreadable(reply);
  if (readable) error.cloud_code = body.code();
  error.request_id = readable && !body.request_id().empty()
                         ? body.request_id()
                         : std::string(base::FindHeader(reply.headers, "x-acs-request-id"));
  error.retry_after = RetryAfter(reply.headers);
  return error;
}

std::optional<milliseconds> RetryAfter(const base::HttpHeaders& headers) {
  std::optional<milliseconds> longest;
  const auto consider = [&longest](std::int64_t pause) {
    const milliseconds bounded(std::min<std::int64_t>(pause, kLongestPause.count()));
    longest = std::max(longest.value_or(bounded), bounded);
  };
  if (const auto seconds = ParseNumber(base::FindHeader(headers, "retry-after"))) {
    consider(std::min<std::int64_t>(*seconds, kLongestPause.count()) * 1000);
  }
  for (const std::string_view name : {"x-ratelimit-user-api", "x-ratelimit-user"}) {
    const std::string_view flow = base::FindHeader(headers, name);
    const auto left = FlowValue(flow, "TimeLeft");
    if (left && FlowValue(flow, "Remain").value_or(0) == 0) consider(*left);
  }
  return longest;
}

}  // namespace vk::eci
