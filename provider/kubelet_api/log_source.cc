#include "provider/kubelet_api/log_source.h"

#include <algorithm>
#include <expected>
#include <utility>
#include <vector>

#include "base/proto_json/rfc3339.h"
#include "proto/eci/v1/container.pb.h"
#include "provider/kubelet_api/log_window.h"

namespace vk::kubelet {
namespace {

// The same as the cloud's answer to the call: of the lines from the start on the last ones.
std::string AnswerFrom(const std::string& kept, const LogCall& call) {
  const LogAnswer answer = ParseLogAnswer(kept);
  std::vector<const LogLine*> lines;
  for (const LogLine& line : answer.lines) {
    if (!call.start || !line.time || line.time->seconds >= *call.start) lines.push_back(&line);
  }
  const auto wanted = std::min(lines.size(), static_cast<std::size_t>(call.tail));
  std::string text;
  for (std::size_t i = lines.size() - wanted; i < lines.size(); ++i) {
    text += call.timestamps ? lines[i]->raw : lines[i]->text;
    text += '\n';
  }
  return text;
}

// Null when it was not kept.
const std::string* KeptOf(const agent::GroupLogs* logs, const std::string& group_id,
                          const std::string& container, bool previous) {
  if (logs == nullptr || logs->group_id != group_id) return nullptr;
  const auto& kept = previous ? logs->previous : logs->current;
  const auto found = kept.find(container);
  return found == kept.end() ? nullptr : &found->second;
}

}  // namespace

LogSource::LogSource(std::string group_id, std::string container, std::chrono::seconds call_limit,
                     eci::EciApi& cloud, base::Clock& clock,
                     std::shared_ptr<const agent::GroupLogs> kept)
    : group_id_(std::move(group_id)),
      container_(std::move(container)),
      call_limit_(call_limit),
      cloud_(cloud),
      clock_(clock),
      kept_(std::move(kept)) {}

boost::asio::awaitable<base::Result<std::string>> LogSource::Read(LogCall call) {
  eci::v1::DescribeContainerLogRequest request;
  request.set_container_group_id(group_id_);
  request.set_container_name(container_);
  request.set_limit_bytes(kMaxLogBytes);
  request.set_tail(static_cast<std::int32_t>(call.tail));
  if (call.previous) request.set_last_time(true);
  if (call.timestamps) request.set_timestamps(true);
  if (call.start) {
    const auto text = base::FormatRfc3339({.seconds = *call.start, .nanos = 0});
    if (text) request.set_start_time(*text);
  }
  auto answer =
      co_await cloud_.DescribeContainerLog(std::move(request), clock_.Now() + call_limit_);
  const std::string* const kept = KeptOf(kept_.get(), group_id_, container_, call.previous);
  if (kept != nullptr && (!answer || answer->content().empty())) co_return AnswerFrom(*kept, call);
  if (!answer) co_return std::unexpected(std::move(answer).error());
  co_return std::move(*answer->mutable_content());
}

}  // namespace vk::kubelet
