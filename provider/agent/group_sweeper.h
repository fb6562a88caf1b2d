#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/send_permit.h"
#include "eci_client/eci_api.h"
#include "provider/agent/events.h"
#include "provider/agent/status_poller.h"
#include "provider/kube/kube_api.h"

namespace vk::agent {

enum class SweepMode { kOn, kOff, kForce };

struct SweeperOptions {
  SweepMode mode = SweepMode::kOn;        // --orphan-sweep
  std::chrono::seconds orphan_grace{60};  // --orphan-grace
  std::chrono::seconds period{10};
  std::chrono::minutes mass_wait{10};  // Before more than max(10, 20 %) groups go at once.
  std::chrono::seconds call_limit{30};
};

// Deletes container groups of this node whose pod no longer exists or has ended, and second groups
// of one pod, by the rules of docs/ownership.md §6. Never touches a group that lacks one of our
// tags or differs in a listing tag. What it decides from is read again after every wait. Core
// thread.
class GroupSweeper {
 public:
  GroupSweeper(SweeperOptions options, std::string node_name, eci::EciApi& cloud,
               kube::KubeApi& api, PodTable& pods, GroupBook& book, StatusPoller& poller,
               Events& events, std::function<bool()> may_act, const base::SendPermit& permit,
               base::Clock& clock, base::Log& log, base::Metrics& metrics);

  // Until cancelled.
  boost::asio::awaitable<void> Run();

 private:
  boost::asio::awaitable<void> SweepOnce();
  boost::asio::awaitable<base::Result<std::set<std::string>>> ListPodUids();
  boost::asio::awaitable<void> Delete(std::string group_id, std::string reason);
  const UnclaimedGroup* Sweepable(const std::string& id) const;
  bool IsOrphan(const UnclaimedGroup& group) const;
  bool IsSurplus(const std::string& id, const UnclaimedGroup& group) const;
  std::vector<std::string> Surplus() const;
  std::vector<std::string> Orphans() const;
  bool Hold(std::size_t candidates);

  const SweeperOptions options_;
  const std::string node_name_;
  eci::EciApi& cloud_;
  kube::KubeApi& api_;
  PodTable& pods_;
  GroupBook& book_;
  StatusPoller& poller_;
  Events& events_;
  const std::function<bool()> may_act_;
  const base::SendPermit& permit_;
  base::Clock& clock_;
  base::Log& log_;
  base::Counter& swept_;
  base::Gauge& orphans_;
  std::optional<base::TimePoint> mass_since_;
  std::set<std::string> deleted_;  // Already deleted; they leave with the unclaimed groups.
};

}  // namespace vk::agent
