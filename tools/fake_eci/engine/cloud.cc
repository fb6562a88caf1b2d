#include "tools/fake_eci/engine/cloud.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <utility>

#include "tools/fake_eci/engine/actions.h"
#include "tools/fake_eci/engine/cloud_error.h"
#include "tools/fake_eci/engine/group/group_life.h"
#include "tools/fake_eci/engine/image_cache/image_cache_life.h"
#include "tools/fake_eci/engine/parameter_checks.h"
#include "tools/fake_eci/engine/text.h"
#include "tools/fake_eci/engine/world.h"

namespace vk::fake {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string Serialize(const Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream out(&stream);
  out.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&out);
  out.Trim();
  return bytes;
}

// The text field of this name, or empty.
std::string TextField(const Message& message, const std::string& name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr || field->cpp_type() != FieldDescriptor::CPPTYPE_STRING ||
      field->is_repeated()) {
    return {};
  }
  return message.GetReflection()->GetString(message, field);
}

// "container_group_id" as people write it: "ContainerGroupId".
std::string ParameterName(std::string_view field) {
  std::string name;
  bool upper = true;
  for (const char c : field) {
    if (c == '_') {
      upper = true;
      continue;
    }
    name += upper && c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
  }
  return name;
}

bool HasValue(const Message& message, const FieldDescriptor& field) {
  const auto* reflection = message.GetReflection();
  if (field.is_repeated()) return reflection->FieldSize(message, &field) > 0;
  if (!reflection->HasField(message, &field)) return false;
  return field.cpp_type() != FieldDescriptor::CPPTYPE_STRING ||
         !reflection->GetString(message, &field).empty();
}

base::Status CheckRequired(std::string_view required, const Message& request) {
  while (!required.empty()) {
    const std::size_t space = required.find(' ');
    const std::string name(required.substr(0, space));
    const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr || !HasValue(request, *field)) {
      return std::unexpected(MissingParameter(ParameterName(name)));
    }
    required.remove_prefix(space == std::string_view::npos ? required.size() : space + 1);
  }
  return {};
}

base::Status CheckRegion(const Message& request) {
  const std::string region = TextField(request, "region_id");
  const bool letters = std::ranges::all_of(
      region, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
  if (letters && region.size() <= 64) return {};
  return std::unexpected(InvalidParameter("RegionId", "it is no region, such as cn-hangzhou"));
}

void SetRequestId(const std::string& id, Message* reply) {
  if (const FieldDescriptor* field = reply->GetDescriptor()->FindFieldByName("request_id")) {
    reply->GetReflection()->SetString(reply, field, id);
  }
}

}  // namespace

Cloud::Cloud(CloudOptions options, base::Clock& clock, base::Random random)
    : clock_(clock),
      random_(random),
      options_(std::move(options)),
      faults_(random.Split("faults")),
      ids_(random.Split("request ids")) {
  Reset();
}

Cloud::~Cloud() = default;

void Cloud::Reset() {
  if (host_ != nullptr) {
    for (const auto& [number, group] : world_->groups) host_->Forget(group);
  }
  if (image_host_ != nullptr) {
    for (const auto& [number, cache] : world_->image_caches) image_host_->Drop(cache);
  }
  const std::uint64_t next_number = world_ ? world_->next_number : 1;
  world_ = std::make_unique<World>(options_, clock_, random_);
  set_host(host_);
  // A host may still be busy with groups of before.
  if (host_ != nullptr) world_->next_number = next_number;
  set_image_host(image_host_);
  faults_ = Faults(random_.Split("faults"));
  flow_limits_.Reset();
  if (!options_.flow_limits) flow_limits_.LiftAll();
  calls_.clear();
  counts_.clear();
  next_call_ = 1;
}

base::TimePoint Cloud::NextChange() const { return world_->agenda.Next(); }

void Cloud::Apply(base::TimePoint now) {
  while (world_->agenda.Next() <= now) {
    world_->MoveTo(world_->agenda.Next());
    const Step step = world_->agenda.Take();
    if (step.kind == StepKind::kCacheReady || step.kind == StepKind::kCacheExpired) {
      RunImageCacheStep(*world_, step);
    } else {
      GroupLife(*world_).Run(step);
    }
  }
}

void Cloud::set_host(GroupHost* host) {
  host_ = host;
  world_->host = host;
}

base::Result<Group*> Cloud::AdoptGroup(std::string_view snapshot,
                                       const std::vector<FoundContainer>& containers) {
  world_->MoveTo(clock_.Now());
  return Adopt(*world_, snapshot, containers);
}

void Cloud::set_image_host(ImageHost* host) {
  image_host_ = host;
  world_->image_host = host;
  if (host == nullptr) return;
  world_->MoveTo(clock_.Now());
  for (auto& [number, cache] : world_->image_caches) BeginPulling(*world_, cache, "Creating");
}

base::Status Cloud::AdoptImageCache(std::string_view snapshot) {
  world_->MoveTo(clock_.Now());
  return fake::AdoptImageCache(*world_, snapshot);
}

void Cloud::Report(const ImageReport& report) {
  Apply(clock_.Now());
  world_->MoveTo(clock_.Now());
  ReportImages(*world_, report);
}

void Cloud::Report(const HostReport& report) {
  Apply(clock_.Now());
  world_->MoveTo(clock_.Now());
  GroupLife(*world_).Report(report);
}

CallOutcome Cloud::Call(std::string_view caller, std::string_view action, const Message& request,
                        Message* reply) {
  Apply(clock_.Now());
  world_->MoveTo(clock_.Now());
  world_->caller = caller;
  const FaultPlan plan = faults_.Strike(action, caller);
  world_->empty_listing = plan.empty_listing;

  CallOutcome outcome;
  outcome.request_id = DrawRequestId(ids_);
  outcome.delay = world_->latency.Call() + plan.latency;
  if (plan.refusal) {
    outcome.status = std::unexpected(*plan.refusal);
  } else {
    outcome.status = Serve(action, request, reply);
    outcome.command = std::exchange(world_->command, std::nullopt);
    outcome.reply_lost = plan.lost_reply;
    if (plan.error_after) outcome.status = std::unexpected(*plan.error_after);
  }
  if (outcome.status) {
    SetRequestId(outcome.request_id, reply);
  } else {
    outcome.status.error().request_id = outcome.request_id;
  }
  std::string group_id = TextField(request, "container_group_id");
  if (group_id.empty() && outcome.status) group_id = TextField(*reply, "container_group_id");
  Note(action, group_id, outcome);
  return outcome;
}

base::Status Cloud::Serve(std::string_view name, const Message& request, Message* reply) {
  const Action* action = FindAction(name);
  if (action == nullptr) return std::unexpected(CloudError("InvalidAction.NotFound"));
  VK_CHECK_OK(flow_limits_.Admit(name, world_->now.steady));
  VK_CHECK_OK(CheckRequired(action->required, request));
  VK_CHECK_OK(CheckRegion(request));
  const std::string token = TextField(request, "client_token");
  if (token.empty()) return action->run(*world_, request, reply);
  VK_CHECK_OK(CheckClientToken(token));

  const std::string bytes = Serialize(request);
  VK_TRY(remembered, world_->tokens.Recall(name, token, bytes, world_->now.steady));
  if (remembered) {
    reply->ParseFromString(*remembered);
    return {};
  }
  VK_CHECK_OK(action->run(*world_, request, reply));
  world_->tokens.Keep(name, token, bytes, Serialize(*reply), world_->now.steady);
  return {};
}

void Cloud::Note(std::string_view action, std::string_view group_id, const CallOutcome& outcome) {
  CallRecord record;
  record.number = next_call_++;
  record.action = action;
  record.caller = world_->caller;
  record.request_id = outcome.request_id;
  record.group_id = group_id;
  record.outcome = outcome.status ? "OK" : outcome.status.error().cloud_code;
  record.lost_reply = outcome.reply_lost;
  record.at = world_->now;
  record.delay = outcome.delay;
  ++counts_[{record.action, record.outcome}];
  if (calls_.size() >= options_.kept_calls) calls_.pop_front();
  calls_.push_back(std::move(record));
}

std::string Cloud::NoteRefusal(std::string_view caller, std::string_view action,
                               const base::Error& error) {
  world_->MoveTo(clock_.Now());
  world_->caller = caller;
  CallOutcome outcome;
  outcome.status = std::unexpected(error);
  outcome.request_id = DrawRequestId(ids_);
  Note(action, {}, outcome);
  return outcome.request_id;
}

const std::deque<GroupRecord>& Cloud::groups() const { return world_->records; }
const Zones& Cloud::zones() const { return world_->zones; }
Stock& Cloud::stock() { return world_->stock; }
Behaviours& Cloud::behaviours() { return world_->options.behaviours; }
Quotas& Cloud::quotas() { return world_->options.quotas; }
void Cloud::SetTokenLifetime(std::chrono::seconds lifetime) {
  world_->options.behaviours.token_lifetime = lifetime;
  world_->tokens.set_lifetime(lifetime);
}
void Cloud::SetLatency(LatencyProfile profile) {
  world_->latency = LatencyModel(std::move(profile));
}
const LatencyProfile& Cloud::latency() const { return world_->latency.profile(); }
void Cloud::AddVSwitch(VSwitch vswitch) { world_->network.Add(std::move(vswitch)); }
void Cloud::SetExecUrl(const std::string& url) { world_->options.exec_url = url; }

base::Result<HostCommand> Cloud::OpenPort(std::string_view group_id, int port) {
  world_->MoveTo(clock_.Now());
  const Group* group = world_->FindGroup(group_id);
  if (group == nullptr) return std::unexpected(CloudError("InvalidContainerGroupId.NotFound"));
  if (port < 1 || port > 65535) {
    return std::unexpected(base::Error(base::ErrorCode::kInvalidArgument,
                                       "open a port: there are those from 1 to 65535"));
  }
  const auto running = std::ranges::find_if(group->containers, &SimulatedContainer::running);
  if (host_ == nullptr || running == group->containers.end()) {
    return std::unexpected(base::Error(base::ErrorCode::kInvalidArgument,
                                       host_ == nullptr
                                           ? "open a port: simulated containers have none; start "
                                             "fake-eci with --runtime containerd"
                                           : "open a port: no container of the group runs"));
  }
  return HostCommand{.group = group->number,
                     .container = static_cast<std::size_t>(running - group->containers.begin()),
                     .command = {},
                     .token = world_->random.HexDigits(32),
                     .input = true,
                     .port = port};
}

std::string Cloud::StreamUrl(const std::string& token) const {
  return world_->options.exec_url + "?s=" + token;
}

base::Status Cloud::Reclaim(std::string_view group_id) {
  world_->MoveTo(clock_.Now());
  Group* group = world_->FindGroup(group_id);
  if (group == nullptr || IsEnded(group->status)) {
    return std::unexpected(CloudError("InvalidContainerGroupId.NotFound"));
  }
  GroupLife(*world_).Reclaim(*group);
  return {};
}

base::Status Cloud::Fail(std::string_view group_id, const std::string& reason) {
  world_->MoveTo(clock_.Now());
  Group* group = world_->FindGroup(group_id);
  if (group == nullptr || IsEnded(group->status)) {
    return std::unexpected(CloudError("InvalidContainerGroupId.NotFound"));
  }
  GroupLife(*world_).Fail(*group, reason, "The container group cannot go on.");
  return {};
}

}  // namespace vk::fake
