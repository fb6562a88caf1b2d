#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/clock.h"
#include "base/result.h"
#include "base/task_group.h"

namespace vk::base {
namespace internal {

// Each branch of operator|| is a coroutine of its own and has to be told that a cancellation is a
// value. `ended` lives in the frame that awaits both branches.
template <class T>
boost::asio::awaitable<void> Branch(boost::asio::awaitable<Result<T>> operation,
                                    std::optional<Result<T>>* ended) {
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  *ended = co_await std::move(operation);
}

}  // namespace internal

// Runs `operation` until `when`. A success is returned even when it came together with the moment.
// Errors: the operation's own; kDeadlineExceeded "<what>: no end in time" when the moment came
// first, after the operation was cancelled and has ended (its effect may have happened); kCancelled
// when the caller was; `operation` is not begun if that was before the call. The only user of
// operator||.
template <class T>
boost::asio::awaitable<Result<T>> WithDeadline(Clock& clock, TimePoint when, std::string what,
                                               boost::asio::awaitable<Result<T>> operation) {
  using boost::asio::experimental::awaitable_operators::operator||;
  // Only a later cancellation reaches the branches.
  if (co_await Cancelled())
    co_return std::unexpected(Error(ErrorCode::kCancelled, std::move(what) + ": cancelled"));
  std::optional<Result<T>> ended;
  std::optional<Status> slept;
  const auto first = co_await (internal::Branch<T>(std::move(operation), &ended) ||
                               internal::Branch<void>(clock.SleepUntil(when), &slept));
  if (first.index() == 0 || *ended) co_return std::move(*ended);
  if (!*slept) co_return std::unexpected(std::move(*slept).error());
  co_return std::unexpected(
      Error(ErrorCode::kDeadlineExceeded, std::move(what) + ": no end in time"));
}

}  // namespace vk::base
