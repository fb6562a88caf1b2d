#include "provider/kubelet_api/log_source.h"

#include <utility>

#include "base/proto_json/rfc3339.h"
#include "proto/eci/v1/container.pb.h"
#include "provider/kubelet_api/log_window.h"

namespace vk::kubelet {

LogSource::LogSource(std::string group_id, std::string container, std::chrono::seconds call_limit,
                     eci::EciApi& cloud, base::Clock& clock)
    : group_id_(std::move(group_id)),
      container_(std::move(container)),
      call_limit_(call_limit),
      cloud_(cloud),
      clock_(clock) {}

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
  VK_CO_TRY(answer,
            co_await cloud_.DescribeContainerLog(std::move(request), clock_.Now() + call_limit_));
  co_return std::move(*answer.mutable_content());
}

}  // namespace vk::kubelet
