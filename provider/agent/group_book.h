#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "provider/agent/pod_table.h"

namespace vk::agent {

// Which container group belongs to which pod, and what was last seen of it. The one writer of
// PodRecord::group. Observations are joined to pods by ContainerGroupId alone (docs/ownership.md
// §1). Core thread.
class GroupBook {
 public:
  // Called with the pod's UID when anything about its group changed.
  using OnChange = std::function<void(const std::string& uid)>;

  GroupBook(PodTable& pods, base::Clock& clock, base::Log& log)
      : pods_(pods), clock_(clock), log_(log) {}

  void set_on_change(OnChange on_change) { on_change_ = std::move(on_change); }

  // A group of this pod exists: made just now, or found by its tags. A pod that has another one
  // already keeps that; returns the id that is kept: this one, or the other one, also when that is
  // gone already. Empty when this group was released before; `group_id` for an unknown pod. Another
  // pod that held this group loses it.
  std::string Claim(const std::string& uid, const std::string& group_id);

  // The pod's annotation names this group. People can write there what they like, or copy it with
  // the rest of a pod: a pod that is new cannot have had a group, and a group that another pod has
  // stays with that; such a name is refused as if the group had been released.
  void ClaimNamed(const std::string& uid, const std::string& group_id);

  // The pod's group is no longer its group (it came to nothing, got lost, or was never its own):
  // another claim is welcome, this one never again.
  void Release(const std::string& uid);

  // What a call told of a group. Groups of nobody are ignored.
  void Observe(const translate::GroupObservation& group);

  // A complete listing that began at `began` and proves that it sees did not show this group.
  // Believed at once when the group was being deleted, after two looks at least kAbsenceProof apart
  // otherwise (docs/ownership.md §3).
  void ReportAbsent(const std::string& group_id, base::TimePoint began);

  // The cloud answered a delete with NotFound.
  void ReportGone(const std::string& group_id);

  // To be called once SyncState::delete_sent is set: the group counts as moving from now on.
  void WatchEnd(const std::string& uid);

  // The pod that has this group, or empty.
  std::string OwnerOf(const std::string& group_id) const;

  // Takes the pod's group out of owners() and moving(). To be called before PodTable::Forget; the
  // record stays.
  void Forget(const std::string& uid);

  // The groups that are starting or ending, in order of their ids.
  const std::set<std::string>& moving() const { return moving_; }
  // Every group that is believed to exist, with its pod.
  const std::map<std::string, std::string>& owners() const { return owners_; }

 private:
  void Take(PodRecord& record, const std::string& group_id, bool proven);
  void Refuse(PodRecord& record, const std::string& group_id);
  void Gone(std::string uid, PodRecord& record, bool lost);
  void Classify(const PodRecord& record);
  void Tell(const std::string& uid) const;

  PodTable& pods_;
  base::Clock& clock_;
  base::Log& log_;
  OnChange on_change_;
  std::map<std::string, std::string> owners_;  // Group id to pod UID.
  std::set<std::string> moving_;
};

inline constexpr std::chrono::seconds kAbsenceProof{30};

}  // namespace vk::agent
