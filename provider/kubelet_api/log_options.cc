#include "provider/kubelet_api/log_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>

#include "base/proto_json/rfc3339.h"
#include "eci_client/percent_encoding.h"
#include "provider/kube/object_time.h"

namespace vk::kubelet {
namespace {

using Parameters = std::map<std::string, std::string, std::less<>>;

constexpr int kUnreadable = 400;
constexpr int kImpossible = 422;

// As Go's conversion of url.Values reads a boolean: everything but these two is true.
bool ReadFlag(const Parameters& parameters, std::string_view name) {
  const auto found = parameters.find(name);
  return found != parameters.end() && found->second != "false" && found->second != "0";
}

class Reader {
 public:
  explicit Reader(const Parameters& parameters) : parameters_(parameters) {}

  std::optional<std::int64_t> Number(std::string_view name, std::int64_t least) {
    const auto found = parameters_.find(name);
    if (found == parameters_.end() || found->second.empty()) return std::nullopt;
    const std::string& text = found->second;
    std::int64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc() || end != text.data() + text.size()) {
      Fail(kUnreadable, fmt::format("query {}={}: not a whole number", name, text));
    } else if (number < least) {
      Fail(kImpossible, fmt::format("query {}={}: has to be at least {}", name, text, least));
    }
    return number;
  }

  std::optional<base::WallTime> Time(std::string_view name) {
    const auto found = parameters_.find(name);
    if (found == parameters_.end() || found->second.empty()) return std::nullopt;
    const auto time = base::ParseRfc3339(found->second);
    if (!time) {
      Fail(kUnreadable, fmt::format("query {}={}: not a time such as 2026-08-02T15:00:00Z", name,
                                    found->second));
      return std::nullopt;
    }
    // Nothing was logged before 1970.
    return kube::WallTimeAt(std::max<std::int64_t>(time->seconds, 0));
  }

  void Fail(int http_status, std::string text) {
    if (!error_) error_ = {http_status, std::move(text)};
  }
  std::optional<LogOptionsError> TakeError() { return std::move(error_); }

 private:
  const Parameters& parameters_;
  std::optional<LogOptionsError> error_;
};

// The kubelet's own older name for tailLines, which also takes "all".
void TranslateTail(Parameters* parameters) {
  const auto tail = parameters->find("tail");
  if (tail == parameters->end() || tail->second == "all") return;
  parameters->emplace("tailLines", tail->second);
}

}  // namespace

LogOptionsOutcome ParseLogOptions(std::string_view query, base::WallTime now) {
  const auto pairs = eci::ParseQuery(query);
  if (!pairs) return {{}, LogOptionsError{kUnreadable, "query: " + pairs.error().message}};
  Parameters parameters;
  for (const auto& [name, value] : *pairs) parameters.emplace(name, value);
  TranslateTail(&parameters);

  LogOptions options{.follow = ReadFlag(parameters, "follow"),
                     .previous = ReadFlag(parameters, "previous"),
                     .timestamps = ReadFlag(parameters, "timestamps")};
  Reader reader(parameters);
  options.tail_lines = reader.Number("tailLines", 0);
  options.limit_bytes = reader.Number("limitBytes", 1);
  const auto seconds = reader.Number("sinceSeconds", 1);
  options.since = reader.Time("sinceTime");
  if (seconds && options.since) {
    reader.Fail(kImpossible, "query: at most one of sinceSeconds and sinceTime may be given");
  } else if (seconds) {
    // Beyond the beginning of 1970 nothing was logged.
    const auto since_epoch = now.time_since_epoch();
    const auto back = std::min(std::chrono::seconds(*seconds),
                               std::chrono::duration_cast<std::chrono::seconds>(since_epoch));
    options.since = now - back;
  }
  const auto stream = parameters.find("stream");
  if (stream != parameters.end() && !stream->second.empty() && stream->second != "All")
    reader.Fail(kImpossible, "query stream=" + stream->second +
                                 ": the cloud does not tell stdout and stderr apart; use All");
  return {options, reader.TakeError()};
}

}  // namespace vk::kubelet
