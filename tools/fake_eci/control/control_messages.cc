#include "tools/fake_eci/control/control_messages.h"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "proto/fake/v1/control.pb.h"
#include "tools/fake_eci/engine/text.h"

namespace vk::fake {
namespace {

using std::chrono::duration_cast;

struct KindName {
  FaultKind kind;
  std::string_view name;
};
constexpr KindName kKinds[] = {{FaultKind::kError, "error"},
                               {FaultKind::kErrorAfter, "error-after"},
                               {FaultKind::kLatency, "latency"},
                               {FaultKind::kLostReply, "lost-reply"},
                               {FaultKind::kEmptyListing, "empty-listing"}};

void Fill(const Moment& moment, v1::Moment* message) {
  message->set_monotonic_us(
      duration_cast<std::chrono::microseconds>(moment.steady.time_since_epoch()).count());
  message->set_unix_ms(UnixMilliseconds(moment.wall));
}

// Which number of a fault is wrong, or nothing.
std::string WrongNumber(const v1::Fault& fault) {
  if (fault.latency_ms() < 0)
    return fmt::format("latency_ms is {}; it must not be below 0", fault.latency_ms());
  if (fault.kind() == "latency" && fault.latency_ms() == 0)
    return "a fault of kind latency needs latency_ms above 0, not 0";
  const bool share = fault.probability() >= 0 && fault.probability() <= 1;
  if (fault.has_probability() && !share)
    return fmt::format("probability is {}; it must be 0 to 1", fault.probability());
  if (fault.has_count() && fault.count() <= 0)
    return fmt::format("count is {}; it must be above 0, or absent for a fault that stays",
                       fault.count());
  return {};
}

}  // namespace

v1::GroupRecord ToMessage(const GroupRecord& record) {
  v1::GroupRecord message;
  message.set_container_group_id(record.id);
  message.set_name(record.name);
  message.set_region_id(record.region);
  message.set_zone_id(record.zone);
  message.set_caller(record.caller);
  message.set_client_token(record.client_token);
  message.mutable_tags()->insert(record.tags.begin(), record.tags.end());
  message.set_cpu(record.cpu);
  message.set_memory(record.memory);
  message.set_image_cache_hit(record.image_cache_hit);
  for (const Transition& transition : record.transitions) {
    auto* shown = message.add_transitions();
    shown->set_status(transition.status);
    Fill(transition.at, shown->mutable_at());
  }
  for (const GroupRecord::Delete& made : record.deletes) {
    auto* shown = message.add_deletes();
    shown->set_caller(made.caller);
    shown->set_force(made.force);
    Fill(made.at, shown->mutable_at());
  }
  message.set_status(record.transitions.back().status);
  message.set_ended(record.Ended().has_value());
  return message;
}

v1::CallRecord ToMessage(const CallRecord& record) {
  v1::CallRecord message;
  message.set_number(record.number);
  message.set_action(record.action);
  message.set_caller(record.caller);
  message.set_request_id(record.request_id);
  message.set_container_group_id(record.group_id);
  message.set_outcome(record.outcome);
  message.set_lost_reply(record.lost_reply);
  Fill(record.at, message.mutable_at());
  message.set_delay_us(duration_cast<std::chrono::microseconds>(record.delay).count());
  return message;
}

v1::Fault ToMessage(int number, const FaultRule& rule) {
  v1::Fault message;
  message.set_number(number);
  message.set_action(rule.action);
  message.set_caller(rule.caller);
  for (const KindName& entry : kKinds) {
    if (entry.kind == rule.kind) message.set_kind(std::string(entry.name));
  }
  message.set_code(rule.code);
  message.set_latency_ms(duration_cast<std::chrono::milliseconds>(rule.latency).count());
  message.set_probability(rule.probability);
  if (rule.count) message.set_count(*rule.count);
  return message;
}

base::Result<FaultRule> ReadFault(const v1::Fault& message) {
  FaultRule rule;
  bool known = false;
  for (const KindName& entry : kKinds) {
    if (entry.name != message.kind()) continue;
    rule.kind = entry.kind;
    known = true;
  }
  if (!known) {
    return std::unexpected(base::Error(
        base::ErrorCode::kInvalidArgument,
        "a fault has a kind: error, error-after, latency, lost-reply or empty-listing"));
  }
  if (std::string wrong = WrongNumber(message); !wrong.empty())
    return std::unexpected(base::Error(base::ErrorCode::kInvalidArgument, std::move(wrong)));
  rule.action = message.action();
  rule.caller = message.caller();
  if (!message.code().empty()) rule.code = message.code();
  rule.latency = std::chrono::milliseconds(message.latency_ms());
  if (message.has_probability()) rule.probability = message.probability();
  if (message.has_count()) rule.count = message.count();
  return rule;
}

void ApplyLimits(const v1::Limits& limits, Cloud* cloud) {
  Quotas& quotas = cloud->quotas();
  if (limits.has_cpu_quota()) quotas.cpu = limits.cpu_quota();
  if (limits.has_group_quota()) quotas.groups = limits.group_quota();
  if (limits.has_image_cache_quota()) quotas.image_caches = limits.image_cache_quota();
  Behaviours& behaviours = cloud->behaviours();
  if (limits.has_token_lifetime_s()) {
    cloud->SetTokenLifetime(std::chrono::seconds(limits.token_lifetime_s()));
  }
  if (limits.has_listing_lag_ms()) {
    behaviours.listing_lag = std::chrono::milliseconds(limits.listing_lag_ms());
  }
  if (limits.has_deleted_shown_s()) {
    behaviours.deleted_shown = std::chrono::seconds(limits.deleted_shown_s());
  }
  if (limits.has_delete_unknown_fails()) {
    behaviours.delete_unknown_fails = limits.delete_unknown_fails();
  }
  if (limits.has_no_stock_is_asynchronous()) {
    behaviours.no_stock_is_asynchronous = limits.no_stock_is_asynchronous();
  }
  if (limits.has_container_controls()) {
    behaviours.container_controls = limits.container_controls();
  }
  if (limits.has_namespace_tag()) behaviours.namespace_tag = limits.namespace_tag();
  if (limits.has_uuid_tag()) behaviours.uuid_tag = limits.uuid_tag();
  if (limits.lift_call_limits()) cloud->flow_limits().LiftAll();
  for (const v1::Limits::CallLimit& limit : limits.call_limits()) {
    cloud->flow_limits().Set(limit.action(), limit.per_minute());
  }
}

v1::Limits CurrentLimits(Cloud& cloud) {
  v1::Limits limits;
  limits.set_cpu_quota(cloud.quotas().cpu);
  limits.set_group_quota(cloud.quotas().groups);
  limits.set_image_cache_quota(cloud.quotas().image_caches);
  const Behaviours& behaviours = cloud.behaviours();
  limits.set_token_lifetime_s(behaviours.token_lifetime.count());
  limits.set_listing_lag_ms(behaviours.listing_lag.count());
  limits.set_deleted_shown_s(behaviours.deleted_shown.count());
  limits.set_delete_unknown_fails(behaviours.delete_unknown_fails);
  limits.set_no_stock_is_asynchronous(behaviours.no_stock_is_asynchronous);
  limits.set_container_controls(behaviours.container_controls);
  limits.set_namespace_tag(behaviours.namespace_tag);
  limits.set_uuid_tag(behaviours.uuid_tag);
  for (const auto& [action, per_minute] : cloud.flow_limits().per_minute()) {
    auto* limit = limits.add_call_limits();
    limit->set_action(action);
    limit->set_per_minute(per_minute);
  }
  return limits;
}

}  // namespace vk::fake
