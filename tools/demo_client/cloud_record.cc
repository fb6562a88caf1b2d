#include "tools/demo_client/cloud_record.h"

#include <fmt/format.h>
#include <grpc/support/time.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <set>

#include "proto/fake/v1/control.grpc.pb.h"

namespace vk::demo {
namespace {

namespace fake = vk::fake::v1;

constexpr char kUidTag[] = "virtual-node/pod-uid";
constexpr int kLimitSeconds = 10;

std::unique_ptr<fake::Control::Stub> Connect(const std::string& control) {
  return fake::Control::NewStub(grpc::CreateChannel(control, grpc::InsecureChannelCredentials()));
}

base::Status Check(const grpc::Status& status, const std::string& control) {
  if (status.ok()) return {};
  return std::unexpected(
      base::Error(base::ErrorCode::kUnavailable,
                  fmt::format("ask the fake cloud at {}: {}", control, status.error_message())));
}

base::TimePoint TimeOf(const fake::Moment& moment) {
  return base::TimePoint(std::chrono::microseconds(moment.monotonic_us()));
}

CloudGroup GroupOf(const fake::GroupRecord& record) {
  CloudGroup group;
  group.id = record.container_group_id();
  const auto uid = record.tags().find(kUidTag);
  if (uid != record.tags().end()) group.pod_uid = uid->second;
  group.status = record.status();
  group.ended = record.ended();
  if (record.transitions_size() > 0) group.created = TimeOf(record.transitions(0).at());
  for (const fake::GroupRecord::Transition& transition : record.transitions()) {
    if (transition.status() == "Pending") group.past_scheduling = true;
    if (transition.status() != "Running") continue;
    group.past_scheduling = true;
    if (!group.running) group.running = TimeOf(transition.at());
  }
  return group;
}

}  // namespace

base::Result<std::vector<CloudGroup>> ReadGroups(const std::string& control) {
  const auto stub = Connect(control);
  grpc::ClientContext context;
  context.set_deadline(gpr_time_from_seconds(kLimitSeconds, GPR_TIMESPAN));
  const auto reader = stub->ListGroups(&context, fake::ListGroupsRequest());
  std::vector<CloudGroup> groups;
  for (fake::GroupRecord record; reader->Read(&record);) groups.push_back(GroupOf(record));
  VK_CHECK_OK(Check(reader->Finish(), control));
  return groups;
}

base::Result<std::map<std::string, std::uint64_t>> CountCalls(const std::string& control) {
  const auto stub = Connect(control);
  grpc::ClientContext context;
  context.set_deadline(gpr_time_from_seconds(kLimitSeconds, GPR_TIMESPAN));
  fake::CountCallsResponse reply;
  VK_CHECK_OK(Check(stub->CountCalls(&context, fake::CountCallsRequest(), &reply), control));
  std::map<std::string, std::uint64_t> calls;
  for (const auto& count : reply.counts()) calls[count.action()] += count.calls();
  return calls;
}

int CountDoubled(const std::vector<CloudGroup>& groups) {
  std::set<std::string> seen;
  std::set<std::string> doubled;
  for (const CloudGroup& group : groups) {
    if (!group.past_scheduling || group.pod_uid.empty()) continue;
    if (!seen.insert(group.pod_uid).second) doubled.insert(group.pod_uid);
  }
  return static_cast<int>(doubled.size());
}

}  // namespace vk::demo
