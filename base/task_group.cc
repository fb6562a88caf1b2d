#include "base/task_group.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <utility>

#include "base/event.h"

namespace vk::base {
namespace {

namespace asio = boost::asio;

[[noreturn]] void AbortOnBug(std::string_view task, const std::exception_ptr& bug) {
  std::string what = "an unknown exception";
  try {
    std::rethrow_exception(bug);
  } catch (const std::exception& thrown) {
    what = thrown.what();
  } catch (...) {
  }
  std::fprintf(stderr, "bug: task %.*s ended by exception: %s\n", static_cast<int>(task.size()),
               task.data(), what.c_str());
  std::abort();
}

// The entry frame: from here on a cancellation is a value.
asio::awaitable<void> Enter(asio::awaitable<void> task) {
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  co_await std::move(task);
}

}  // namespace

struct TaskGroup::State {
  struct Task {
    std::string name;
    asio::cancellation_signal cancel;
    bool entered = false;  // Told earlier, asio would throw the cancellation into its first frame.
  };

  static asio::awaitable<void> Run(std::shared_ptr<State> group, std::list<Task>::iterator place,
                                   asio::awaitable<void> work) {
    co_await asio::this_coro::throw_if_cancelled(false);
    place->entered = true;
    if (group->cancelled) place->cancel.emit(asio::cancellation_type::terminal);
    co_await Enter(std::move(work));
  }

  State(asio::any_io_executor run_on, BugHandler handler)
      : executor(std::move(run_on)), on_bug(std::move(handler)), emptied(executor) {}

  void TellTasks();

  asio::any_io_executor executor;
  BugHandler on_bug;
  std::list<Task> tasks;
  bool cancelled = false;
  Event emptied;
};

TaskGroup::TaskGroup(asio::any_io_executor executor, BugHandler on_bug)
    : state_(std::make_shared<State>(std::move(executor), std::move(on_bug))) {}

TaskGroup::~TaskGroup() = default;

void TaskGroup::Spawn(std::string name, asio::awaitable<void> task) {
  state_->tasks.emplace_back();
  const auto place = std::prev(state_->tasks.end());
  place->name = std::move(name);
  auto on_end = [state = state_, place](const std::exception_ptr& bug) {
    const std::string ended = std::move(place->name);
    state->tasks.erase(place);
    if (state->tasks.empty()) state->emptied.Set();
    if (!bug) return;
    if (state->on_bug) return state->on_bug(ended, bug);
    AbortOnBug(ended, bug);
  };
  asio::co_spawn(state_->executor, State::Run(state_, place, std::move(task)),
                 asio::bind_cancellation_slot(place->cancel.slot(), std::move(on_end)));
}

void TaskGroup::Cancel() {
  state_->cancelled = true;
  // On the executor: elsewhere asio would keep a pointer to the signal of a task that may end
  // first.
  asio::dispatch(state_->executor, [state = state_] { state->TellTasks(); });
}

void TaskGroup::State::TellTasks() {
  // A task may end, and so leave the list, while it is told.
  for (auto next = tasks.begin(); next != tasks.end();) {
    const auto task = next++;
    if (task->entered) task->cancel.emit(asio::cancellation_type::terminal);
  }
}

asio::awaitable<void> TaskGroup::Join() {
  const auto state = state_;
  co_await Shielded([](std::shared_ptr<State> group) -> asio::awaitable<void> {
    while (!group->tasks.empty()) (void)co_await group->emptied.Wait();
  }(state));
}

std::size_t TaskGroup::size() const { return state_->tasks.size(); }
bool TaskGroup::cancelled() const { return state_->cancelled; }

asio::awaitable<bool> Cancelled() {
  const auto state = co_await asio::this_coro::cancellation_state;
  co_return state.cancelled() != asio::cancellation_type::none;
}

asio::awaitable<void> Shielded(asio::awaitable<void> task) {
  // A frame of its own without a slot: nothing that cancels the caller reaches it.
  co_await asio::co_spawn(
      co_await asio::this_coro::executor, Enter(std::move(task)),
      asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
}

}  // namespace vk::base
