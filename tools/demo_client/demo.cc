#include "tools/demo_client/demo.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <utility>

#include "base/random.h"
#include "provider/kube/reflector.h"
#include "tools/demo_client/agent_log.h"
#include "tools/demo_client/cloud_record.h"

namespace vk::demo {
namespace {

using std::chrono::duration;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kAtATime = 16;
constexpr seconds kCallLimit{30};
constexpr seconds kPreparationLimit{60};
constexpr milliseconds kPoll{100};
// Progress that does not change is told again after this time.
constexpr seconds kSilence{10};
// How long the cloud may take to end its groups after the last pod has gone.
constexpr seconds kGroupsEndLimit{60};
// All other requests of the agent's user; see tools/demo.
constexpr char kRestOfRequests[] = "identity-virtual-node";

double Seconds(base::TimePoint from, base::TimePoint to) {
  return duration<double>(to - from).count();
}

}  // namespace

Demo::Demo(Options options, ClusterAccess& cluster, base::Clock& clock, base::Log& log,
           base::Metrics& metrics, boost::asio::any_io_executor executor)
    : options_(std::move(options)),
      cluster_(cluster),
      clock_(clock),
      log_(log),
      metrics_(metrics),
      executor_(executor),
      begin_(clock.Now()),
      board_(clock, executor) {}

boost::asio::awaitable<base::Result<Measurements>> Demo::Run() {
  VK_CO_CHECK_OK(co_await Prepare());
  kube::Reflector reflector({.resource = kube::kPods, .ns = std::string(kNamespace)},
                            cluster_.api(), clock_, base::Random(base::SystemSeed()), log_,
                            metrics_, board_);
  base::TaskGroup watch(executor_);
  watch.Spawn("watch", reflector.Run());
  auto measured = co_await RunWatched();
  watch.Cancel();
  co_await watch.Join();
  co_return measured;
}

boost::asio::awaitable<base::Result<Measurements>> Demo::RunWatched() {
  VK_CO_TRY(before, co_await Requests());
  VK_CO_TRY(driver, co_await StartDriver());
  VK_CO_CHECK_OK(co_await StartExecutors(driver));

  Measurements measurements;
  measurements.executors = options_.executors;
  measurements.profile = options_.profile;
  VK_CO_CHECK_OK(Measure(&measurements));
  fmt::print("\n{}\n", StartUpCurve(measurements.submitted_to_running_s));
  if (!options_.keep) {
    VK_CO_CHECK_OK(co_await End());
    VK_CO_TRY(leaked, co_await CountLeaked());
    measurements.leaked_groups = leaked;
  }
  VK_CO_TRY(groups, ReadGroups(options_.control));
  measurements.doubled_groups = CountDoubled(groups);
  VK_CO_TRY(calls, CountCalls(options_.control));
  measurements.eci_calls = std::move(calls);
  VK_CO_TRY(after, co_await Requests());
  const RequestCounts requests = Since(before, std::move(after));
  if (!requests.empty()) measurements.api_requests = requests;
  co_return measurements;
}

boost::asio::awaitable<base::Status> Demo::Prepare() {
  VK_CO_CHECK_OK(
      co_await CreateObject(kube::kNamespaces, std::string(kNamespace), MakeNamespace()));
  for (const Role role : {Role::kDriver, Role::kExecutor}) {
    VK_CO_CHECK_OK(
        co_await CreateObject(kube::kConfigMaps, ConfigMapName(role), MakeConfigMap(role)));
  }
  // Until these exist a pod is refused, or waits for its CA.
  VK_CO_CHECK_OK(co_await AwaitObject(kube::kServiceAccounts, "default"));
  VK_CO_CHECK_OK(co_await AwaitObject(kube::kConfigMaps, "kube-root-ca.crt"));
  kube::ListOptions one;
  one.limit = 1;
  VK_CO_TRY(pods, co_await cluster_.api().List(kube::kPods, std::string(kNamespace), one, Soon()));
  if (pods.items.empty()) co_return base::Status();
  co_return std::unexpected(base::Error(
      base::ErrorCode::kAlreadyExists,
      fmt::format("namespace {0} has pods already; kubectl delete pods --all --namespace {0}",
                  kNamespace)));
}

boost::asio::awaitable<base::Status> Demo::CreateObject(kube::Resource resource, std::string name,
                                                        std::string object) {
  const kube::ObjectKey key{
      .ns = resource.namespaced ? std::string(kNamespace) : "", .name = {}, .subresource = {}};
  auto created = co_await cluster_.api().Create(resource, key, std::move(object), Soon());
  if (created || created.error().code == base::ErrorCode::kAlreadyExists) co_return base::Status();
  co_return std::unexpected(std::move(created).error().In("create " + name));
}

boost::asio::awaitable<base::Status> Demo::AwaitObject(kube::Resource resource, std::string name) {
  const base::TimePoint limit = clock_.Now() + kPreparationLimit;
  while (true) {
    const kube::ObjectKey key{.ns = std::string(kNamespace), .name = name, .subresource = {}};
    auto got = co_await cluster_.api().Get(resource, key, Soon());
    if (got) co_return base::Status();
    if (got.error().code != base::ErrorCode::kNotFound || clock_.Now() > limit) {
      co_return std::unexpected(std::move(got).error().In("wait for " + name));
    }
    VK_CO_CHECK_OK(co_await clock_.SleepUntil(clock_.Now() + kPoll));
  }
}

boost::asio::awaitable<base::Result<Driver>> Demo::StartDriver() {
  const std::string name(kDriverName);
  VK_CO_CHECK_OK(co_await Submit(name, MakeDriver()));
  Say("driver submitted");
  const auto runs = [this, name] {
    const SeenPod* pod = board_.Find(name);
    return pod != nullptr && pod->running.has_value();
  };
  const auto progress = [this, name] {
    const SeenPod* pod = board_.Find(name);
    if (pod == nullptr) return std::string("driver not seen yet");
    return "driver " + (pod->node.empty() ? "waits for the scheduler" : pod->phase);
  };
  VK_CO_CHECK_OK(co_await WaitFor("the driver runs", runs, progress));
  const SeenPod& pod = *board_.Find(name);
  Say(fmt::format("driver Running on node {}, address {}", pod.node, pod.ip));
  co_return Driver{.uid = pod.uid, .ip = pod.ip};
}

boost::asio::awaitable<base::Status> Demo::StartExecutors(Driver driver) {
  base::TaskGroup submitting(executor_);
  base::Status submitted;
  const Step submit = [this, &driver](int id) {
    return Submit(ExecutorName(id), MakeExecutor(id, driver));
  };
  int next = 1;
  ExecutorAllocator allocator(
      {.rule = options_.allocation, .executors = options_.executors, .batch = options_.batch},
      board_, clock_, submit);
  if (options_.allocation == AllocationRule::kAll) {
    for (int worker = 0; worker < kAtATime; ++worker) {
      submitting.Spawn("submit", Work(options_.executors, &submit, &next, &submitted));
    }
  } else {
    submitting.Spawn("allocate", Allocate(&allocator, &submitted));
  }
  const int all = options_.executors + 1;
  const auto done = [this, &submitted, all] { return !submitted || board_.running() >= all; };
  const auto progress = [this] {
    return fmt::format("{} executors submitted, {} Running", submitted_.size() - 1,
                       std::max(board_.running() - 1, 0));
  };
  const base::Status waited = co_await WaitFor("all executors run", done, progress);
  submitting.Cancel();
  co_await submitting.Join();
  VK_CO_CHECK_OK(std::move(submitted));
  batches_ = allocator.batches();
  co_return waited;
}

boost::asio::awaitable<void> Demo::Allocate(ExecutorAllocator* allocator, base::Status* submitted) {
  auto done = co_await allocator->Run();
  if (done || done.error().code == base::ErrorCode::kCancelled) co_return;
  *submitted = std::move(done);
  board_.changed().Set();
}

boost::asio::awaitable<base::Status> Demo::Submit(std::string name, std::string pod) {
  const kube::ObjectKey key{.ns = std::string(kNamespace), .name = {}, .subresource = {}};
  auto created = co_await cluster_.api().Create(kube::kPods, key, std::move(pod), Soon());
  if (!created) co_return std::unexpected(std::move(created).error().In("create pod " + name));
  submitted_.emplace(std::move(name), clock_.Now());
  co_return base::Status();
}

boost::asio::awaitable<base::Status> Demo::End() {
  Say("ending the application");
  std::vector<std::string> names;
  for (const auto& [name, pod] : board_.pods()) names.push_back(name);
  const Step remove = [this, &names](int number) {
    return Remove(names[static_cast<std::size_t>(number - 1)]);
  };
  VK_CO_CHECK_OK(co_await ForEach(static_cast<int>(names.size()), remove));
  const auto done = [this] { return board_.present() == 0; };
  const auto progress = [this] { return fmt::format("{} pods left", board_.present()); };
  VK_CO_CHECK_OK(co_await WaitFor("all pods are gone", done, progress));
  Say("all pods are gone");
  co_return base::Status();
}

// Once the driver has gone, the garbage collector deletes its executors, too, and may be first.
boost::asio::awaitable<base::Status> Demo::Remove(std::string name) {
  const kube::ObjectKey key{.ns = std::string(kNamespace), .name = name, .subresource = {}};
  auto removed = co_await cluster_.api().Delete(kube::kPods, key, {}, Soon());
  if (!removed && removed.error().code == base::ErrorCode::kNotFound) co_return base::Status();
  co_return removed;
}

boost::asio::awaitable<base::Result<int>> Demo::CountLeaked() {
  const base::TimePoint limit = clock_.Now() + kGroupsEndLimit;
  while (true) {
    VK_CO_TRY(groups, ReadGroups(options_.control));
    const auto alive =
        std::ranges::count_if(groups, [](const auto& group) { return !group.ended; });
    if (alive == 0 || clock_.Now() >= limit) {
      Say(fmt::format("{} of {} container groups have ended",
                      static_cast<std::ptrdiff_t>(groups.size()) - alive, groups.size()));
      co_return static_cast<int>(alive);
    }
    VK_CO_CHECK_OK(co_await clock_.SleepUntil(clock_.Now() + kPoll));
  }
}

boost::asio::awaitable<base::Result<RequestCounts>> Demo::Requests() {
  VK_CO_TRY(metrics, co_await cluster_.Metrics(Soon()));
  co_return ReadRequestCounts(metrics, kRestOfRequests);
}

base::Status Demo::Measure(Measurements* m) const {
  VK_TRY(groups, ReadGroups(options_.control));
  std::ifstream log(options_.agent_log);
  const std::map<std::string, CreationTimes> creations = ReadCreationTimes(log);
  std::vector<StartedExecutor> started;
  std::map<std::string, const CloudGroup*> by_pod;
  for (const CloudGroup& group : groups) {
    if (group.running) by_pod.emplace(group.pod_uid, &group);
  }
  for (int id = 1; id <= options_.executors; ++id) {
    const SeenPod& pod = board_.pods().at(ExecutorName(id));
    m->submitted_to_running_s.push_back(Seconds(submitted_.at(pod.name), *pod.running));
    const auto found = by_pod.find(pod.uid);
    if (found == by_pod.end()) {
      return std::unexpected(base::Error(
          base::ErrorCode::kInternal,
          fmt::format("pod {} is Running, but the cloud ran no group for it", pod.name)));
    }
    const CloudGroup& group = *found->second;
    m->cloud_create_to_running_s.push_back(Seconds(group.created, *group.running));
    m->added_s.push_back(Seconds(*group.running, *pod.running));
    started.push_back({.running = *pod.running, .cloud = *group.running - group.created});
    const auto creation = creations.find(pod.uid);
    if (creation == creations.end()) continue;
    m->agent_added_ms.push_back(creation->second.added);
    m->agent_added_excl_api_ms.push_back(creation->second.added - creation->second.inputs);
  }
  if (!batches_.empty()) {
    m->allocation = {.rule = std::string(NameOf(options_.allocation)),
                     .batch = options_.batch,
                     .times = MeasureBatches(batches_, started)};
  }
  return {};
}

boost::asio::awaitable<base::Status> Demo::ForEach(int count, Step step) {
  base::TaskGroup tasks(executor_);
  base::Status first;
  int next = 1;
  for (int worker = 0; worker < kAtATime; ++worker) {
    tasks.Spawn("step", Work(count, &step, &next, &first));
  }
  co_await tasks.Join();
  co_return first;
}

boost::asio::awaitable<void> Demo::Work(int count, const Step* step, int* next,
                                        base::Status* first) {
  while (*next <= count && *first && !co_await base::Cancelled()) {
    auto done = co_await (*step)((*next)++);
    if (!done && *first) {
      *first = std::move(done);
      board_.changed().Set();
    }
  }
}

boost::asio::awaitable<base::Status> Demo::WaitFor(std::string_view what, Condition done,
                                                   std::function<std::string()> progress) {
  const base::TimePoint limit = clock_.Now() + options_.limit;
  base::TimePoint next_look = clock_.Now() + seconds(1);
  base::TimePoint next_line = clock_.Now() + kSilence;
  std::string said;
  while (!done()) {
    VK_CO_CHECK_OK(Failures());
    const base::TimePoint now = clock_.Now();
    if (now >= limit) {
      co_return std::unexpected(base::Error(
          base::ErrorCode::kDeadlineExceeded,
          fmt::format("{}: not within {} s ({})", what, options_.limit.count(), progress())));
    }
    if (now >= next_look) {
      std::string text = progress();
      if (text != said || now >= next_line) {
        Say(text);
        said = std::move(text);
        next_line = now + kSilence;
      }
      next_look += seconds(1);
    }
    const auto woken = co_await board_.changed().WaitUntil(clock_, std::min(next_look, limit));
    if (!woken && woken.error().code != base::ErrorCode::kDeadlineExceeded) co_return woken;
  }
  co_return base::Status();
}

base::Status Demo::Failures() const {
  if (board_.failures().empty()) return {};
  return std::unexpected(
      base::Error(base::ErrorCode::kInternal,
                  fmt::format("{} pods failed, the first: {}", board_.failures().size(),
                              board_.failures().front())));
}

void Demo::Say(std::string_view text) const {
  fmt::print("  {:6.1f} s  {}\n", Seconds(begin_, clock_.Now()), text);
  std::fflush(stdout);
}

base::TimePoint Demo::Soon() const { return clock_.Now() + kCallLimit; }

}  // namespace vk::demo
