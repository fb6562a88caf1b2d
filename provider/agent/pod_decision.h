#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.h"
#include "provider/agent/pod_record.h"

namespace vk::agent {

// One thing to do for one pod now. docs/ownership.md has the rules.
enum class PodAction {
  kNothing,   // Until something changes, or `wake_at`.
  kSearch,    // Ask the cloud for a group with this UID's tags, which is known to exist.
  kCreate,    // Fetch the inputs, build the request, send it.
  kResend,    // Send the unsettled create again, the same bytes.
  kDelete,    // Delete the group; `force` ends it without its grace.
  kReplace,   // The group failed to start: delete and forget it, so that a new attempt follows.
  kKeepLogs,  // Fetch the logs of the group, which is to be deleted or was.
  kForget,    // Nothing of this pod is left anywhere: drop the record.
};

struct Decision {
  PodAction action = PodAction::kNothing;
  bool force = false;
  std::optional<base::TimePoint> wake_at;  // Look again then, if nothing else happens before.
  bool wants_relist = false;  // Look again after the next full relist, which may come soon.
  const char* because = "";   // For the debug log.
};

// What a decision depends on beyond the pod's own record.
struct DecisionContext {
  base::TimePoint now;
  bool may_act = false;  // The process Lease is held: creates and deletes are allowed.
  // When the newest full relist of all our groups began that is believed about what it did not
  // show; unset before the first.
  std::optional<base::TimePoint> relist;
  // The same, of those that are proven to see: they showed a group of ours, or the account has
  // others and they are shown.
  std::optional<base::TimePoint> shown;
  // A pod of the same name whose group is not gone yet, and until when its end is waited for.
  std::optional<base::TimePoint> namesake_until;
  std::chrono::seconds longest_grace{};  // The limit of a deletion's grace; 0: the pod's own.
};

// The cloud does not document how long it remembers a ClientToken; after this long a search alone
// decides.
inline constexpr std::chrono::hours kTokenLifetime{12};

// How long after an unanswered create a listing must begin to prove that it had no effect: a new
// group shows in listings within this time. Undocumented; docs/ownership.md §3.
inline constexpr std::chrono::seconds kListingLag{30};

// A pod that may have been tried before waits for a listing that shows anything at all, at most so
// long: the account may be empty.
inline constexpr std::chrono::minutes kEmptyPatience{10};

// Between two full relists for the sake of a pod that waits for one that shows something.
inline constexpr std::chrono::seconds kShownPause{10};

// How long a group goes on whose containers are all shown as over while it says otherwise.
inline constexpr std::chrono::seconds kIdleProof{30};

// True when a full relist that began at `relist` was late enough to show the group of a create that
// was left without an answer, had there been one.
bool OpenSendDisproved(const SyncState& sync, std::optional<base::TimePoint> relist);

// True when the pod is from before this process, and the full relist that says that it has no group
// showed others: whatever attempts there were, none of them has left one.
bool EarlierGroupDisproved(const PodRecord& record, std::optional<base::TimePoint> shown);

// Pure: the same record and context give the same decision.
Decision Decide(const PodRecord& record, const DecisionContext& context);

// How the pod may be reported as ended; kNotYet while anything of it may still run
// (docs/ownership.md §4).
enum class Ending {
  kNotYet,
  kAsObserved,    // The group ended: its containers' own codes count.
  kUnknown,       // The group vanished after our delete without a last word.
  kLost,          // The group vanished without our doing.
  kNeverStarted,  // It never had a group and never will.
  kDeadline,      // Its deadline is over, and no group is left to tell how its containers ended.
  kGivenUp,       // Fail-fast: the group could not be made.
};
Ending EndingOf(const PodRecord& record, const DecisionContext& context);

// The group that the pod's annotation is to name, empty for none. A group that failed to start is
// taken off the pod before it is deleted: else whoever starts after this process could not tell it
// from one that got lost.
std::string GroupToName(const PodRecord& record);

// The same for the pod's status, where nothing stands that the annotation alone says: a group that
// this node made, found by its tags or named there before.
std::string GroupToNameInStatus(const PodRecord& record);

// True when the API server shows the pod's terminal phase, its deletion is wanted and nothing of it
// runs: its object may go.
bool MayRemove(const PodRecord& record, const DecisionContext& context);

}  // namespace vk::agent
