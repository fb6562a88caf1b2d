#include "base/event.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/deadline.h"
#include "base/task_group.h"

namespace vk::base {

// A timer and not asio's experimental channel: in Asio 1.26 a channel whose last receiver was
// cancelled refuses what is sent before the next one comes (cancel_by_key leaves it blocked).
Event::Event(boost::asio::any_io_executor executor)
    : waiter_(executor, boost::asio::steady_timer::time_point::max()) {}

void Event::Set() {
  set_ = true;
  waiter_.cancel();
}

boost::asio::awaitable<Status> Event::Wait() {
  if (co_await Cancelled())
    co_return std::unexpected(Error(ErrorCode::kCancelled, "wait for an event: cancelled"));
  if (!set_) co_await waiter_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  if (!std::exchange(set_, false))
    co_return std::unexpected(Error(ErrorCode::kCancelled, "wait for an event: cancelled"));
  co_return Status();
}

boost::asio::awaitable<Status> Event::WaitUntil(Clock& clock, TimePoint when) {
  co_return co_await WithDeadline(clock, when, "wait for an event", Wait());
}

}  // namespace vk::base
