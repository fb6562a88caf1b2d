#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/send_permit.h"
#include "eci_client/eci_api.h"
#include "provider/agent/events.h"
#include "provider/agent/group_queries.h"
#include "provider/agent/input_source.h"
#include "provider/agent/pod_table.h"
#include "provider/agent/status_poller.h"
#include "provider/translate/plan.h"

namespace vk::eci::v1 {
class CreateContainerGroupRequest;
class UpdateContainerGroupRequest;
}  // namespace vk::eci::v1

namespace vk::agent {

// One change that is sent until the group shows it. Its request and token stay the same.
struct ImageUpdate {
  std::uint64_t target = 0;  // PodSnapshot::image_hash.
  std::string group_id;
  std::shared_ptr<const eci::v1::UpdateContainerGroupRequest> request;
  std::string what;  // For people.
  base::TimePoint first_sent;
  base::TimePoint next_try;
  int failures = 0;
  bool accepted = false;
  bool given_up = false;  // Accepted for long and not shown: told, and left alone.
  std::string told;       // Which refusal people were told of.
};
// How far the inputs of a pod were compared whose containers are in back-off.
struct InputWatch {
  int restarts = -1;  // Those of all its containers, at the last comparison.
  int reads = 0;      // Since then.
  base::TimePoint next_read;
  std::uint64_t compared = 0;  // The hash of the plan that the group has, or was sent.
  std::string told;
};
// What is kept of one pod.
struct UpdateState {
  std::optional<ImageUpdate> images;
  std::optional<InputWatch> inputs;
};

// Changes in a living group what changes in its pod (docs/ownership.md, section 9): the images of
// containers, and what ConfigMaps and Secrets give to a container in back-off. Keeps something of
// those pods alone for which there is something to do, and makes, deletes and claims no groups.
// Core thread; the steps of one pod are serial.
class GroupUpdates {
 public:
  // All outlive the object.
  struct Parts {
    eci::EciApi& cloud;
    PodTable& pods;
    StatusPoller& poller;
    InputSource& inputs;
    Events& events;
    const base::SendPermit& permit;
    base::Clock& clock;
    base::Log& log;
    base::Metrics& metrics;
  };
  // `may_act` tells whether the process Lease is held.
  GroupUpdates(translate::NodeFacts node, Parts parts, std::function<bool()> may_act,
               base::Random random);

  // What the pod's group needs now, for a pod that nothing else is to be done for; returns when to
  // look again, at the latest at `wake_at`.
  boost::asio::awaitable<std::optional<base::TimePoint>> Step(
      std::string uid, std::optional<base::TimePoint> wake_at);

  void Forget(const std::string& uid) { states_.erase(uid); }

 private:
  bool Concerns(const PodRecord& record) const;
  void PrepareImages(const PodRecord& record, UpdateState& state);
  boost::asio::awaitable<void> SendImages(std::string uid);
  void ImagesFailed(const PodSnapshot& pod, ImageUpdate& update, const base::Error& error);
  bool ReadDue(const PodRecord& record, InputWatch& watch) const;
  boost::asio::awaitable<std::optional<eci::v1::CreateContainerGroupRequest>> PlanAnew(
      std::shared_ptr<const PodSnapshot> pod, translate::PodReferences references);
  boost::asio::awaitable<void> CompareInputs(std::string uid);
  boost::asio::awaitable<void> SendInputs(std::string uid, std::uint64_t planned,
                                          eci::v1::UpdateContainerGroupRequest request);
  boost::asio::awaitable<base::Status> Send(eci::v1::UpdateContainerGroupRequest request);
  void TellRefusal(const PodSnapshot& pod, const base::Error& error, std::string* told);
  // The record, if its group still is `group_id` and may be changed.
  PodRecord* Changeable(const std::string& uid, const std::string& group_id);

  const translate::NodeFacts node_;
  Parts parts_;
  GroupQueries queries_;
  std::function<bool()> may_act_;
  base::Random random_;
  std::map<std::string, UpdateState> states_;  // By pod UID.
  base::Counter& updated_;
  base::Counter& errors_;
};

}  // namespace vk::agent
