#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vk::base {

// Structured concurrency: the only place that starts coroutines. A component owns a group, spawns
// its tasks into it, and ends with Cancel, then Join. A cancelled task sees kCancelled from every
// primitive of base/ and never an exception.
//
// Used on the executor's thread. REQUIRES: at destruction every task has ended (Join), or the
// execution context that ran them has been shut down (a simulated crash).
class TaskGroup {
 public:
  // What to do with a task that ended by exception, which is a bug.
  using BugHandler = std::function<void(std::string_view task, std::exception_ptr bug)>;

  // Without a handler a bug prints the task's name and what was thrown, and aborts.
  explicit TaskGroup(boost::asio::any_io_executor executor, BugHandler on_bug = nullptr);
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // Starts `task` at the executor's next turn, never inline. After Cancel it starts cancelled.
  // `name` appears in messages.
  void Spawn(std::string name, boost::asio::awaitable<void> task);

  // Asks every task to end, now and those spawned later. Returns at once; idempotent.
  void Cancel();

  // Returns when no task is left, also for a caller that is itself cancelled. REQUIRES: one caller
  // at a time, not a task of this group.
  boost::asio::awaitable<void> Join();

  std::size_t size() const;
  bool cancelled() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// True once the calling coroutine was asked to end. Loops check it, or the kCancelled of what they
// await.
boost::asio::awaitable<bool> Cancelled();

// Runs `task` to its end even when the caller is cancelled, for clean-up that must finish. The
// caller waits for it, so it brings a deadline of its own.
boost::asio::awaitable<void> Shielded(boost::asio::awaitable<void> task);

}  // namespace vk::base
