#include "provider/agent/pod_deadline.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "proto/eci/v1/container_group.pb.h"

namespace vk::agent {
namespace {

using base::TimePoint;
using std::chrono::seconds;

// The API server's limit of the field; above it a time would not fit.
constexpr std::int64_t kLongest = std::numeric_limits<std::int32_t>::max();

}  // namespace

std::optional<TimePoint> DeadlineOf(const DesiredPod& desired) {
  if (!desired.pod->active_deadline) return std::nullopt;
  const std::int64_t span = std::clamp<std::int64_t>(*desired.pod->active_deadline, 0, kLongest);
  return desired.active_since.value_or(desired.first_seen) + seconds(span);
}

bool DeadlineIsOver(const DesiredPod& desired, TimePoint now) {
  const auto deadline = DeadlineOf(desired);
  return deadline && now >= *deadline;
}

std::optional<TimePoint> DeadlineEndsGroupAt(const PodRecord& record) {
  const auto deadline = DeadlineOf(record.desired);
  if (!deadline) return std::nullopt;
  const auto& told = record.sync.told_active_deadline;
  const bool changed = told && *told != record.desired.pod->active_deadline.value_or(0);
  return changed ? *deadline : *deadline + kCloudDeadlineLag;
}

std::optional<TimePoint> NextDeadlineStep(const PodRecord& record, TimePoint now) {
  for (const auto& step : {DeadlineOf(record.desired), DeadlineEndsGroupAt(record)}) {
    if (step && now < *step) return step;
  }
  return std::nullopt;
}

void TellCloudTheDeadline(TimePoint now, PodRecord* record,
                          eci::v1::CreateContainerGroupRequest* request) {
  const auto deadline = DeadlineOf(record->desired);
  record->sync.told_active_deadline = record->desired.pod->active_deadline.value_or(0);
  if (!deadline) return;
  const auto left = std::chrono::ceil<seconds>(*deadline - now);
  request->set_active_deadline_seconds(std::max<std::int64_t>(1, left.count()));
}

}  // namespace vk::agent
