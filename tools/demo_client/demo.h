#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"
#include "base/task_group.h"
#include "tools/demo_client/batch_times.h"
#include "tools/demo_client/cluster_access.h"
#include "tools/demo_client/executor_allocator.h"
#include "tools/demo_client/options.h"
#include "tools/demo_client/pod_board.h"
#include "tools/demo_client/report.h"
#include "tools/demo_client/spark_application.h"

namespace vk::demo {

// One run: submits the application, waits until all of it runs, ends it, and waits until the cloud
// has nothing of it any more. Used once, on one thread.
class Demo {
 public:
  // REQUIRES: everything referred to outlives Run.
  Demo(Options options, ClusterAccess& cluster, base::Clock& clock, base::Log& log,
       base::Metrics& metrics, boost::asio::any_io_executor executor);

  // Prints progress to standard output. Errors: the first thing that went wrong, with what to look
  // at; pods that are there by then are left for looking at.
  boost::asio::awaitable<base::Result<Measurements>> Run();

 private:
  using Step = std::function<boost::asio::awaitable<base::Status>(int)>;
  using Condition = std::function<bool()>;

  boost::asio::awaitable<base::Result<Measurements>> RunWatched();
  boost::asio::awaitable<base::Status> Prepare();
  boost::asio::awaitable<base::Status> CreateObject(kube::Resource resource, std::string name,
                                                    std::string object);
  boost::asio::awaitable<base::Status> AwaitObject(kube::Resource resource, std::string name);
  boost::asio::awaitable<base::Result<Driver>> StartDriver();
  boost::asio::awaitable<base::Status> StartExecutors(Driver driver);
  boost::asio::awaitable<void> Allocate(ExecutorAllocator* allocator, base::Status* submitted);
  boost::asio::awaitable<base::Status> Submit(std::string name, std::string pod);
  boost::asio::awaitable<base::Status> End();
  boost::asio::awaitable<base::Status> Remove(std::string name);
  boost::asio::awaitable<base::Result<int>> CountLeaked();
  boost::asio::awaitable<base::Result<RequestCounts>> Requests();
  base::Status Measure(Measurements* measurements) const;

  // Runs step(1) to step(count), some at a time, and returns the first failure.
  boost::asio::awaitable<base::Status> ForEach(int count, Step step);
  boost::asio::awaitable<void> Work(int count, const Step* step, int* next, base::Status* first);
  // Waits for `done` while the board changes, and tells each second what has changed.
  boost::asio::awaitable<base::Status> WaitFor(std::string_view what, Condition done,
                                               std::function<std::string()> progress);

  void Say(std::string_view text) const;
  base::TimePoint Soon() const;
  base::Status Failures() const;

  const Options options_;
  ClusterAccess& cluster_;
  base::Clock& clock_;
  base::Log& log_;
  base::Metrics& metrics_;
  boost::asio::any_io_executor executor_;
  const base::TimePoint begin_;
  PodBoard board_;
  std::vector<Batch> batches_;                        // None when all were asked for at once.
  std::map<std::string, base::TimePoint> submitted_;  // By pod: when the API server had answered.
};

}  // namespace vk::demo
