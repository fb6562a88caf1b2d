#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "provider/agent/pod_snapshot.h"
#include "provider/translate/observation.h"

namespace vk::eci::v1 {
class CreateContainerGroupRequest;
}  // namespace vk::eci::v1

namespace vk::agent {

// What the API server wants of a pod. Written by PodTable alone.
struct DesiredPod {
  std::shared_ptr<const PodSnapshot> pod;  // Never null.
  bool vanished = false;                   // Its object is gone from the API server.
  // Bound to this node after this process had seen all pods once: nobody can have made a group for
  // it before.
  bool is_new = false;
  base::TimePoint first_seen;
  base::TimePoint received;  // When the present version came in.
  std::optional<base::TimePoint>
      deletion_seen;  // When deletionTimestamp, or its shorter grace, was first seen.
  // When the deletion was asked for: first seen by this process, or, of a pod that it found in
  // deletion, by the deletionTimestamp.
  std::optional<base::TimePoint> deletion_asked;
  // When status.startTime was; unset until the API server has shown it.
  std::optional<base::TimePoint> active_since;

  // Neither over nor wanted to be.
  bool GoesOn() const { return !vanished && !pod->deleting() && !pod->terminal(); }
};

// What is known of our deletes of one group; it goes when the group does.
struct GroupDeletion {
  base::TimePoint sent;  // The first.
  bool accepted = false;
  bool forced = false;  // One that ends it without its grace was accepted.
};

// What is known of a pod's container group. Written by GroupBook alone.
struct GroupState {
  enum class Presence {
    kNone,     // None is known.
    kPresent,  // Made by us or shown by a listing.
    kGone,     // Was ours, and is believed gone (docs/ownership.md §3).
  };
  std::string id;
  Presence presence = Presence::kNone;
  std::optional<translate::GroupObservation> seen;  // Absent until a listing showed it.
  // Made by this process, named in the pod's status, or borne out by the group's tags; false as
  // long as only the pod's annotation names it.
  bool proven = false;
  // The answer to a creation whose token an earlier process may have used: until a listing shows
  // the group, it may be that process's, which failed to start and is long gone.
  bool may_be_old = false;
  base::TimePoint known_since;
  // The newest of those that failed to start, got lost, or were never its own: not claimed again.
  std::vector<std::string> refused;
  std::uint64_t revision = 0;  // Rises with each change of the above.
  // When all of its containers but sidecars were first seen to have ended for good, in a group
  // with sidecars.
  std::optional<base::TimePoint> only_sidecars_since;
  std::optional<GroupDeletion> deletion;
  std::optional<base::TimePoint> first_absent;  // First of the two listings that did not show it.
  bool lost = false;                            // Gone without our doing.
  // Since when all its containers are shown as terminated while its own status says otherwise.
  std::optional<base::TimePoint> idle_since;

  // When it was first seen to be terminating although we had not sent a delete and its containers
  // had not ended.
  std::optional<base::TimePoint> stopped_elsewhere;
  std::string eviction;  // Why its pod is evicted; empty: it is not.

  bool Ended() const { return seen && translate::HasEnded(seen->status); }
  bool DeleteAccepted() const { return deletion && deletion->accepted; }
  // Known to be this pod's, and not known to be gone.
  bool IsThere() const { return presence == Presence::kPresent && proven; }
  bool Refused(const std::string& group_id) const {
    return std::ranges::find(refused, group_id) != refused.end();
  }
};

// Which logs of a group that is ended while its pod stays were fetched.
struct FetchedLogs {
  std::string group_id;    // Empty: none.
  bool after_end = false;  // Also what was printed until the end.
};

// How far the agent got with making and deleting the group. Written by PodSync; PodTable sets
// search_after when it makes the record.
struct SyncState {
  // Part of the ClientToken; rises only after a definite refusal (docs/ownership.md §2).
  int attempt = 0;
  // The bytes of a create whose outcome is not known; a retry sends the same.
  std::shared_ptr<const eci::v1::CreateContainerGroupRequest> unsettled;
  base::TimePoint first_sent;               // When the unsettled create was.
  base::TimePoint::duration inputs_wait{};  // What the API server took to give its inputs.
  // When a send of it was last left without an answer; a later refusal settles it only after a
  // listing that shows groups has not shown its own.
  std::optional<base::TimePoint> left_open;
  bool mismatch = false;  // IdempotentParameterMismatch: a group exists somewhere.
  bool cleared =
      false;  // No process before this one made a group for it: a late full relist has shown none.
  base::TimePoint search_after;  // A full relist counts when it began at or after this.
  int failures = 0;              // In a row, for the backoff.
  base::TimePoint next_try;      // Earliest next call to the cloud.
  bool ending = false;  // The pod's end was noticed: the backoff of its creation no longer counts.
  bool given_up = false;         // Fail-fast: reported Failed.
  bool waiting = false;          // Held back by its inputs: `reason` says why.
  std::uint64_t held_input = 0;  // The input_hash it is held back with.
  std::string reason;            // Why it has no group yet; empty when nothing is wrong.
  std::string message;
  std::string request_id;     // The accepted create's.
  std::string instance_spec;  // "1.0-2.0Gi", from the accepted create's size.
  std::string size;           // What was asked for and what is billed, for people.
  // The activeDeadlineSeconds that the pod had when the request of its group was made, 0 for none;
  // unset when an earlier process made it.
  std::optional<std::int64_t> told_active_deadline;
  FetchedLogs logs;
};

// What a pod's status is made from while nothing of it ends.
struct StatusBasis {
  std::shared_ptr<const PodSnapshot> pod;
  std::uint64_t group_revision = 0;
  std::string reason;
  std::string message;
  std::string request_id;
  std::string instance_spec;

  bool operator==(const StatusBasis&) const = default;
};

// What was told to the API server. Written by StatusManager alone.
struct ReportState {
  std::optional<StatusBasis> told;  // From which the status was made that the API server shows.
  bool pending_told = false;        // A Pending status was written.
  std::string told_news;            // What people were told with the last of them.
  bool started_told = false;        // The event that its containers run was sent.
  base::TimePoint last_patch;
  bool removed = false;  // DELETE with grace 0 was accepted.
  int failures = 0;      // In a row, for the backoff.
  base::TimePoint next_try;
};

// All that is kept of one pod, by UID.
struct PodRecord {
  DesiredPod desired;
  GroupState group;
  SyncState sync;
  ReportState report;
};

}  // namespace vk::agent
