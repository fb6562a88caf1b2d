#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/send_permit.h"
#include "eci_client/eci_api.h"
#include "provider/agent/ended_logs.h"
#include "provider/agent/events.h"
#include "provider/agent/group_book.h"
#include "provider/agent/group_deleter.h"
#include "provider/agent/group_update.h"
#include "provider/agent/input_source.h"
#include "provider/agent/pod_decision.h"
#include "provider/agent/pod_table.h"
#include "provider/agent/status_poller.h"
#include "provider/translate/plan.h"

namespace vk::eci::v1 {
class CreateContainerGroupResponse;
}  // namespace vk::eci::v1

namespace vk::agent {

struct PodSyncOptions {
  // A creation that fails is tried again for ever (docs/ownership.md §2, "waiting, not failing").
  base::ExponentialBackoff create_backoff{.first = std::chrono::seconds(1),
                                          .cap = std::chrono::seconds(60)};
  base::ExponentialBackoff delete_backoff{.first = std::chrono::milliseconds(500),
                                          .cap = std::chrono::seconds(30)};
  // Between searches for a group that the cloud says exists.
  base::ExponentialBackoff search_backoff{.first = std::chrono::seconds(1),
                                          .cap = std::chrono::seconds(30)};
  std::chrono::seconds call_limit{
      60};  // Deadline of one create or delete, retries inside it included.
  std::chrono::seconds held_recheck{
      60};  // A pod held back by its inputs is looked at again after it at the latest.
};

// Brings pods and container groups together, one pod at a time: takes the decision of
// pod_decision.h and carries it out. Alone creates groups, and alone deletes the group that a pod
// owns; GroupSweeper deletes groups that no pod owns, and second groups of a pod. Core thread; the
// steps of one pod are serial (KeyedWorkers).
class PodSync {
 public:
  // What else belongs to one step; all outlive the object.
  struct Parts {
    eci::EciApi& cloud;
    PodTable& pods;
    GroupBook& book;
    StatusPoller& poller;
    InputSource& inputs;
    EndedLogs& ended_logs;
    Events& events;
    const base::SendPermit& permit;  // Asked when a create or a delete is to be written.
    base::Clock& clock;
    base::Log& log;
    base::Metrics& metrics;
  };
  // `may_act` tells whether the process Lease is held; `on_report` that a pod's status may have to
  // be written; `on_forget` that nothing of a pod is left.
  struct Hooks {
    std::function<bool()> may_act;
    std::function<void(const std::string& uid)> on_report;
    std::function<void(const std::string& uid)> on_forget;
    // How a creation ended: null for success. Feeds CloudHealth, which sets the condition
    // CloudReady and the taint.
    std::function<void(const base::Error* error)> on_create;
  };

  PodSync(PodSyncOptions options, translate::NodeFacts node, Parts parts, Hooks hooks,
          base::Random random);

  // One step for one pod; returns when to look again.
  boost::asio::awaitable<std::optional<base::TimePoint>> Step(std::string uid);

  // An object this pod waits for may have come: its next step tries at once.
  void InputsArrived(const std::string& uid);

  // The pods that waited for a full relist until now; they are to look again after each.
  std::set<std::string> RelistWaiters() { return std::exchange(relist_waiters_, {}); }

  // What decisions depend on beyond the record.
  DecisionContext ContextOf(const PodRecord& record) const;

 private:
  void Refresh(PodRecord& record);
  boost::asio::awaitable<void> Create(std::string uid);
  boost::asio::awaitable<void> Send(std::string uid);
  boost::asio::awaitable<void> Delete(std::string uid, bool force);
  void TellOfGrace(const PodSnapshot& pod);
  boost::asio::awaitable<void> Replace(std::string uid);
  boost::asio::awaitable<void> Search(std::string uid);
  boost::asio::awaitable<void> KeepLogs(std::string uid);
  void ChooseAttempt(PodRecord& record);
  void Prepare(PodRecord& record, translate::GroupPlan plan);
  void Created(PodRecord& record, const eci::v1::CreateContainerGroupResponse& reply,
               base::TimePoint sent);
  void CreateFailed(PodRecord& record, const base::Error& error);
  eci::WriteLimits Limits() const;
  void Hold(PodRecord& record, const translate::NotNow& reason);
  void BackOff(PodRecord& record, const base::ExponentialBackoff& backoff);
  void Forget(const std::string& uid);

  const PodSyncOptions options_;
  const translate::NodeFacts node_;
  Parts parts_;
  Hooks hooks_;
  base::Random random_;
  GroupDeleter deleter_;
  GroupUpdates updates_;
  std::set<std::string> relist_waiters_;
  base::Counter& created_;
  base::Counter& create_errors_;
  base::Histogram& create_seconds_;
  base::Histogram& inputs_seconds_;
};

}  // namespace vk::agent
