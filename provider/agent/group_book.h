#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
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
  enum class Origin {
    kTags,      // Its tags say that it is this pod's.
    kCreation,  // A creation was answered with it.
    kOldToken,  // The same, under a token that an earlier process may have used.
  };

  GroupBook(PodTable& pods, base::Clock& clock, base::Log& log)
      : pods_(pods), clock_(clock), log_(log) {}

  void set_on_change(OnChange on_change) { on_change_ = std::move(on_change); }

  // A group of this pod exists. A pod that has another one already keeps that; returns the id that
  // is kept: this one, or the other one, also when that is gone already. Empty when this group was
  // released before; `group_id` for an unknown pod. Another pod that held this group loses it.
  std::string Claim(const std::string& uid, const std::string& group_id,
                    Origin origin = Origin::kTags);

  // Takes up the group that the pod's object names, if it has none. The name in the status is
  // believed. People can write into the annotation what they like, or copy it with the rest of a
  // pod: a pod that is new cannot have had a group, a group that another pod has stays with that,
  // and what is no id of a group is none; such a name is refused as if the group had been released.
  void ClaimNamed(const std::string& uid);

  // The pod's group is no longer its group (it failed to start, got lost, or was never its own):
  // another claim is welcome, this one never again.
  void Release(const std::string& uid);

  // A group that was released or believed lost shows with this pod's tags, and the pod lives
  // without another one: it is the pod's again. False when the pod has another one, or has ended.
  bool ClaimAgain(const std::string& uid, const std::string& group_id);

  // What a call told of a group. Groups of nobody are ignored, and those that only an annotation
  // names.
  void Observe(const translate::GroupObservation& group);

  // A complete listing that began at `began` and is to be believed did not show this group. With an
  // accepted delete of ours it is gone then. Otherwise it is doubted after two listings at least
  // kAbsenceProof apart (docs/ownership.md §3).
  void ReportAbsent(const std::string& group_id, base::TimePoint began);

  // A doubted group does not show when it is asked for by its id either: it is lost; one that may
  // be old failed to start, and one that only an annotation names never was the pod's.
  void ReportLost(const std::string& group_id);

  // It does: what was concluded from its absence is forgotten.
  void ReportThere(const std::string& group_id);

  // The cloud answered a delete with NotFound.
  void ReportGone(const std::string& group_id);

  // A delete of the pod's group is being sent, and was accepted.
  void NoteDeleteSent(const std::string& uid);
  // It did not leave: nothing is known of a delete.
  void NoteDeleteNotSent(const std::string& uid);
  void NoteDeleteAccepted(const std::string& uid, bool forced);

  // The pod's group is to be ended, since it has outgrown a limit: `message` is what people read.
  // Nothing undoes it.
  void NoteEviction(const std::string& uid, const std::string& message);

  // The pod that has this group, or empty.
  std::string OwnerOf(const std::string& group_id) const;

  // Takes the pod's group out of owners() and in_transition(). To be called before
  // PodTable::Forget; the record stays.
  void Forget(const std::string& uid);

  // The groups that are starting or ending, in order of their ids.
  const std::set<std::string>& in_transition() const { return in_transition_; }
  // When one of them last began to, or changed its status; the epoch when none did.
  base::TimePoint last_move() const { return last_move_; }
  // Every group that is believed to exist, with its pod.
  const std::map<std::string, std::string>& owners() const { return owners_; }
  // Those that two listings have not shown.
  const std::set<std::string>& doubted() const { return doubted_; }

 private:
  void Take(PodRecord& record, const std::string& group_id, bool proven);
  void Refuse(PodRecord& record, const std::string& group_id);
  void Drop(const PodRecord& record);
  void Gone(std::string uid, PodRecord& record, bool lost);
  void Classify(const PodRecord& record);
  void Tell(const std::string& uid) const;

  PodTable& pods_;
  base::Clock& clock_;
  base::Log& log_;
  OnChange on_change_;
  std::map<std::string, std::string> owners_;  // Group id to pod UID.
  std::set<std::string> in_transition_;
  std::set<std::string> doubted_;
  base::TimePoint last_move_;
};

inline constexpr std::chrono::seconds kAbsenceProof{30};

// Whether `text` has the form of a group's id. Source: ECI, which forms them as "eci-" and lower
// case letters and digits.
bool IsGroupId(std::string_view text);

}  // namespace vk::agent
