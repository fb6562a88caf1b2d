#include "test/simulation/cloud_link.h"

#include <google/protobuf/message.h>

#include "base/deadline.h"
#include "provider/kube/object_bytes.h"

namespace vk::simulation {
namespace {

using base::Error;
using base::ErrorCode;

// A process that wakes this much later than it wanted to has stood still.
constexpr std::chrono::seconds kStall{1};

Error Broken(std::string_view action) {
  return Error(ErrorCode::kUnavailable, std::string(action) + ": connection reset");
}

}  // namespace

base::TimePoint CloudLink::Soon() {
  return clock_.Now() +
         std::chrono::microseconds(random_.Between(200, 1000 * network_.slowest.count()));
}

boost::asio::awaitable<base::Result<eci::RpcDone>> CloudLink::Call(eci::Rpc rpc) {
  if (rpc.permit != nullptr && !rpc.permit->MaySend())
    co_return std::unexpected(base::NotSentError());
  const base::TimePoint sent = clock_.Now();
  const base::TimePoint arrives = Soon();
  VK_CO_CHECK_OK(co_await clock_.SleepUntil(arrives));
  // The process stood still, and had not written it before: it asks again.
  if (clock_.Now() > arrives + kStall && rpc.permit != nullptr && !rpc.permit->MaySend())
    co_return std::unexpected(base::NotSentError());
  if (cloud_ == nullptr || random_.Chance(network_.lost_request))
    co_return std::unexpected(Broken(rpc.action));
  // The process stood still meanwhile; its transport sends nothing that is overdue.
  if (clock_.Now() >= rpc.deadline)
    co_return std::unexpected(
        Error(ErrorCode::kDeadlineExceeded, std::string(rpc.action) + ": not sent in time"));
  witness_(rpc.action, *rpc.request);
  trace_.NoteDetail(rpc.action, kube::ToBytes(*rpc.request));
  const fake::CallOutcome outcome = cloud_->Call(key_, rpc.action, *rpc.request, rpc.reply);
  trace_.NoteDetail(outcome.request_id,
                    outcome.status ? kube::ToBytes(*rpc.reply) : outcome.status.error().message);
  if (outcome.reply_lost || random_.Chance(network_.lost_reply)) {
    on_lost_reply_();
    // Sometimes the connection breaks at once, sometimes nothing is heard of it again.
    const bool silent = random_.Chance(0.5);
    VK_CO_CHECK_OK(co_await clock_.SleepUntil(silent ? rpc.deadline : Soon()));
    if (silent)
      co_return std::unexpected(
          Error(ErrorCode::kDeadlineExceeded, std::string(rpc.action) + ": no answer in time"));
    co_return std::unexpected(Broken(rpc.action));
  }
  VK_CO_CHECK_OK(co_await clock_.SleepUntil(Soon() + outcome.delay));
  VK_CO_CHECK_OK(outcome.status);
  co_return eci::RpcDone{.sent = sent};
}

}  // namespace vk::simulation
