#include "provider/translate/pod_conditions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "provider/translate/pod_phase.h"
#include "provider/translate/sidecars.h"
#include "provider/translate/status_group.h"

namespace vk::translate {
namespace {

namespace core = k8s::io::api::core::v1;
using Conditions = google::protobuf::RepeatedPtrField<core::PodCondition>;
using Names = std::vector<std::string>;

constexpr std::string_view kOwned[] = {kInstanceCreated, "ContainersReady",
                                       "Initialized",    "PodReadyToStartContainers",
                                       "PodScheduled",   "Ready"};

struct Verdict {
  bool is_true = false;
  std::string reason = {};
  std::string message = {};
};

const core::PodCondition* Find(const Conditions& conditions, std::string_view type) {
  const auto found = std::ranges::find(conditions, type,
                                       [](const auto& c) -> std::string_view { return c.type(); });
  return found == conditions.end() ? nullptr : &*found;
}

std::string_view StatusText(bool is_true) { return is_true ? "True" : "False"; }

bool HasStarted(const core::PodSpec& spec, const core::PodStatus& status) {
  return std::ranges::any_of(spec.containers(), [&](const core::Container& container) {
    const auto* app = FindStatus(status.containerstatuses(), container.name());
    return app != nullptr && (app->state().has_running() || app->state().has_terminated());
  });
}

// Names of containers, apart by whether their status is missing or not good enough.
class Complaint {
 public:
  void Check(const core::Container& container, const core::ContainerStatus* status, bool good) {
    if (status == nullptr) {
      unknown_.push_back(container.name());
    } else if (!good) {
      bad_.push_back(container.name());
    }
  }

  // Empty without a complaint.
  std::string Text(std::string_view fault) const {
    Names parts;
    if (!unknown_.empty()) {
      parts.push_back(
          fmt::format("containers with unknown status: [{}]", fmt::join(unknown_, " ")));
    }
    if (!bad_.empty()) {
      parts.push_back(fmt::format("containers with {} status: [{}]", fault, fmt::join(bad_, " ")));
    }
    return fmt::format("{}", fmt::join(parts, ", "));
  }

 private:
  Names unknown_;
  Names bad_;
};

Verdict Initialized(const core::Pod& pod, const core::PodStatus& status) {
  if (status.phase() == "Succeeded") return {true, "PodCompleted"};
  const auto* before = Find(pod.status().conditions(), "Initialized");
  if (HasStarted(pod.spec(), status) || (before != nullptr && before->status() == "True")) {
    return {true};
  }
  Complaint complaints;
  for (const core::Container& init : pod.spec().initcontainers()) {
    const auto* known = FindStatus(status.initcontainerstatuses(), init.name());
    complaints.Check(init, known,
                     known != nullptr && (IsSidecar(init) ? known->started() : known->ready()));
  }
  std::string complaint = complaints.Text("incomplete");
  if (complaint.empty()) return {true};
  return {false, "ContainersNotInitialized", std::move(complaint)};
}

Verdict ContainersReady(const core::Pod& pod, const core::PodStatus& status) {
  if (status.phase() == "Succeeded") return {false, "PodCompleted"};
  if (status.phase() == "Failed") return {false, "PodFailed"};
  Complaint complaints;
  for (const core::Container& init : pod.spec().initcontainers()) {
    const auto* known = FindStatus(status.initcontainerstatuses(), init.name());
    if (IsSidecar(init)) complaints.Check(init, known, known != nullptr && known->ready());
  }
  for (const core::Container& app : pod.spec().containers()) {
    const auto* known = FindStatus(status.containerstatuses(), app.name());
    complaints.Check(app, known, known != nullptr && known->ready());
  }
  std::string complaint = complaints.Text("unready");
  if (complaint.empty()) return {true};
  return {false, "ContainersNotReady", std::move(complaint)};
}

Verdict Ready(const core::Pod& pod, const Verdict& containers_ready) {
  if (!containers_ready.is_true) return containers_ready;
  Names complaints;
  for (const core::PodReadinessGate& gate : pod.spec().readinessgates()) {
    const auto* condition = Find(pod.status().conditions(), gate.conditiontype());
    if (condition == nullptr) {
      complaints.push_back(
          fmt::format("corresponding condition of pod readiness gate \"{}\" does not exist.",
                      gate.conditiontype()));
    } else if (condition->status() != "True") {
      complaints.push_back(
          fmt::format("the status of pod readiness gate \"{}\" is not \"True\", but {}",
                      gate.conditiontype(), condition->status()));
    }
  }
  if (complaints.empty()) return {true};
  return {false, "ReadinessGatesNotReady", fmt::format("{}", fmt::join(complaints, ", "))};
}

class Writer {
 public:
  Writer(const core::Pod& pod, Seconds now, Conditions* out) : pod_(pod), now_(now), out_(out) {}

  void Write(std::string_view type, const Verdict& verdict) {
    core::PodCondition& condition = *out_->Add();
    condition.set_type(std::string(type));
    condition.set_status(std::string(StatusText(verdict.is_true)));
    if (!verdict.reason.empty()) condition.set_reason(verdict.reason);
    if (!verdict.message.empty()) condition.set_message(verdict.message);
    condition.set_observedgeneration(pod_.metadata().generation());
    const auto* before = Find(pod_.status().conditions(), type);
    if (before != nullptr && before->status() == condition.status() &&
        before->has_lasttransitiontime()) {
      *condition.mutable_lasttransitiontime() = before->lasttransitiontime();
    } else {
      condition.mutable_lasttransitiontime()->set_seconds(now_);
    }
  }

 private:
  const core::Pod& pod_;
  Seconds now_;
  Conditions* out_;
};

}  // namespace

void WriteConditions(const core::Pod& pod, const ConditionFacts& facts, core::PodStatus* status) {
  Conditions conditions;
  for (const core::PodCondition& condition : status->conditions()) {
    if (std::ranges::find(kOwned, condition.type()) == std::end(kOwned)) {
      *conditions.Add() = condition;
    }
  }
  Writer writer(pod, facts.now, &conditions);
  const bool sandbox = facts.sandbox_ready && !IsTerminal(status->phase());
  const Verdict containers_ready = ContainersReady(pod, *status);
  writer.Write("PodReadyToStartContainers", {sandbox});
  writer.Write("Initialized", Initialized(pod, *status));
  writer.Write("Ready", Ready(pod, containers_ready));
  writer.Write("ContainersReady", containers_ready);
  writer.Write("PodScheduled", {true});
  const bool trouble = !facts.trouble_reason.empty() || !facts.trouble_message.empty();
  const bool told = Find(pod.status().conditions(), kInstanceCreated) != nullptr;
  if (trouble || told || !facts.group_id.empty()) {
    writer.Write(kInstanceCreated, {facts.instance_created && !trouble, facts.trouble_reason,
                                    InstanceMessage(facts.group_id, facts.trouble_message)});
  }
  *status->mutable_conditions() = std::move(conditions);
}

}  // namespace vk::translate
