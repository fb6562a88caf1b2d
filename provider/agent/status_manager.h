#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "provider/agent/events.h"
#include "provider/agent/pod_decision.h"
#include "provider/agent/pod_table.h"
#include "provider/kube/kube_api.h"

namespace k8s::io::api::core::v1 {
class Pod;
class PodStatus;
}  // namespace k8s::io::api::core::v1

namespace vk::agent {

struct StatusOptions {
  std::string node_ip;
  // A pod that starts sooner gets its first patch when it runs; one that waits longer is told to be
  // waiting.
  std::chrono::milliseconds pending_delay{1000};
  // Between two patches of a pod that goes on waiting: with news for people (trouble, an init
  // container's end), and without.
  std::chrono::seconds news_period{2};
  std::chrono::seconds quiet_period{60};
  std::chrono::seconds call_limit{10};
  base::ExponentialBackoff backoff{.first = std::chrono::milliseconds(100),
                                   .cap = std::chrono::seconds(10)};
};

// The only writer of pod status: compares what the API server shows with what a pod's group says
// and sends the difference, at most one patch per pod at a time. When a deleted pod's terminal
// status was read back, removes its object (docs/ownership.md §4). Core thread; the steps of one
// pod are serial (KeyedWorkers).
class StatusManager {
 public:
  // `context_of` gives what decisions depend on. All outlive the object.
  using ContextOf = std::function<DecisionContext(const PodRecord& record)>;

  StatusManager(StatusOptions options, kube::KubeApi& api, PodTable& pods, Events& events,
                ContextOf context_of, base::Clock& clock, base::Log& log, base::Metrics& metrics,
                base::Random random);

  // One step for one pod; returns when to look again.
  boost::asio::awaitable<std::optional<base::TimePoint>> Step(std::string uid);

 private:
  // What is to be written now, or when to look again.
  struct Wanted {
    std::string patch;  // Empty: nothing to write.
    std::string news;
    bool pending = false;
    bool started = false;
    std::optional<base::TimePoint> wake_at;
  };

  Wanted Compare(PodRecord& record) const;
  Wanted Compute(const PodRecord& record, Ending ending) const;
  base::TimePoint PendingDueAt(const PodRecord& record) const;
  std::optional<base::TimePoint> DueAt(const PodRecord& record,
                                       const k8s::io::api::core::v1::PodStatus& status) const;
  bool StatusOf(const PodRecord& record, Ending ending, const k8s::io::api::core::v1::Pod& pod,
                k8s::io::api::core::v1::PodStatus* status) const;
  base::Result<std::string> PatchOf(const PodRecord& record, const k8s::io::api::core::v1::Pod& pod,
                                    k8s::io::api::core::v1::PodStatus status) const;
  void Annotate(const PodRecord& record, k8s::io::api::core::v1::Pod* pod) const;
  boost::asio::awaitable<base::Status> Write(std::string uid, Wanted wanted);
  boost::asio::awaitable<base::Status> Remove(std::string uid);
  boost::asio::awaitable<base::Status> Refused(std::string uid, base::Error error);
  std::optional<base::TimePoint> Failed(const std::string& uid, const base::Error& error,
                                        const char* what);

  const StatusOptions options_;
  kube::KubeApi& api_;
  PodTable& pods_;
  Events& events_;
  const ContextOf context_of_;
  base::Clock& clock_;
  base::Log& log_;
  base::Random random_;
  base::Counter& patches_;
  base::Counter& errors_;
  base::Counter& refused_;
};

}  // namespace vk::agent
