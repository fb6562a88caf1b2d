#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "provider/agent/node_controller.h"

namespace vk::agent {

// Whether container groups can be made at the moment, judged by how the calls of the agent's daily
// work end: nothing is asked for its own sake. A refusal of one pod's request says nothing about
// the cloud. Core thread.
class CloudHealth {
 public:
  explicit CloudHealth(base::Clock& clock) : clock_(clock) {}

  // A creation or a poll ended, with an error or well (null).
  void OnCreate(const base::Error* error);
  void OnPoll(const base::Error* error);

  // The trouble now; reason empty when there is none. A refused creation counts for kMemory at
  // most, since with the taint no new pod comes that would prove the contrary.
  CloudTrouble Trouble() const;

  // Why the state of the groups cannot be read: throttled or refused listings, though the cloud
  // answers and groups may well be made; unknown until a poll worked, and when they have failed for
  // a reason that Trouble tells. Reason empty when it can.
  CloudTrouble ListingTrouble() const { return listing_; }

  static constexpr std::chrono::minutes kMemory{2};
  static constexpr int kFailedPolls = 3;  // In a row, before what may pass by itself counts.

 private:
  struct Seen {
    CloudTrouble trouble;
    base::TimePoint at;
  };

  base::Clock& clock_;
  std::optional<Seen> create_;
  std::optional<Seen> poll_;
  CloudTrouble listing_ = NoListingYet();
  int failed_polls_ = 0;
};

}  // namespace vk::agent
