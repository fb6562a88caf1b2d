#include "tools/ecictl/fake_commands.h"

#include <fmt/format.h>
#include <google/protobuf/message.h>
#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/proto_json/proto_json.h"
#include "proto/fake/v1/control.grpc.pb.h"
#include "tools/ecictl/eci_actions.h"
#include "tools/ecictl/output.h"

namespace vk::ecictl {
namespace {

using fake::v1::Control;

constexpr std::int64_t kLimitSeconds = 30;

std::unique_ptr<Control::Stub> Connect(const std::string& control) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);  // http_proxy would win over 127.0.0.1.
  return Control::NewStub(
      grpc::CreateCustomChannel(control, grpc::InsecureChannelCredentials(), arguments));
}

void SetDeadline(grpc::ClientContext* context) {
  context->set_deadline(gpr_time_from_seconds(kLimitSeconds, GPR_TIMESPAN));
}

base::Status Check(const grpc::Status& status, const std::string& control) {
  if (status.ok()) return {};
  if (status.error_code() == grpc::StatusCode::INVALID_ARGUMENT) {
    return std::unexpected(base::Error(base::ErrorCode::kInvalidArgument, status.error_message()));
  }
  if (status.error_code() == grpc::StatusCode::NOT_FOUND) {
    return std::unexpected(base::Error(base::ErrorCode::kNotFound, status.error_message()));
  }
  return std::unexpected(base::Error(
      base::ErrorCode::kUnavailable,
      fmt::format("ask the fake cloud at {}: {}; is fake-eci running there? It prints control=… "
                  "when it starts",
                  control, status.error_message())));
}

// All messages of a stream.
template <class Message, class Request>
base::Result<std::vector<Message>> ReadAll(
    const std::string& control, const Request& request,
    std::unique_ptr<grpc::ClientReader<Message>> (Control::Stub::*open)(grpc::ClientContext*,
                                                                        const Request&)) {
  const auto stub = Connect(control);
  grpc::ClientContext context;
  SetDeadline(&context);
  const auto reader = (stub.get()->*open)(&context, request);
  std::vector<Message> messages;
  for (Message message; reader->Read(&message);) messages.push_back(message);
  VK_CHECK_OK(Check(reader->Finish(), control));
  return messages;
}

template <class Reply, class Request>
base::Result<Reply> Ask(const std::string& control, const Request& request,
                        grpc::Status (Control::Stub::*call)(grpc::ClientContext*, const Request&,
                                                            Reply*)) {
  const auto stub = Connect(control);
  grpc::ClientContext context;
  SetDeadline(&context);
  Reply reply;
  VK_CHECK_OK(Check((stub.get()->*call)(&context, request, &reply), control));
  return reply;
}

// {"groups": [...]}, one item a line.
base::Result<std::string> JsonList(std::string_view name, const auto& messages) {
  std::string text = fmt::format("{{\"{}\": [", name);
  std::string_view separator = "\n";
  for (const auto& message : messages) {
    VK_TRY(json, base::ToJson(message, base::JsonNames::kKubernetes));
    text += fmt::format("{}  {}", separator, json);
    separator = ",\n";
  }
  return text + "\n]}\n";
}

// Seconds from the first transition to the first into `status`, or a dash.
std::string SecondsTo(const fake::v1::GroupRecord& group, std::string_view status) {
  for (const auto& transition : group.transitions()) {
    if (transition.status() != status) continue;
    const auto span = transition.at().monotonic_us() - group.transitions(0).at().monotonic_us();
    return fmt::format("{:.3f}", static_cast<double>(span) / 1e6);
  }
  return "-";
}

}  // namespace

base::Result<std::string> FakeGroups(const std::string& control, Format format) {
  VK_TRY(groups, ReadAll<fake::v1::GroupRecord>(control, fake::v1::ListGroupsRequest(),
                                                &Control::Stub::ListGroups));
  if (format == Format::kJson) return JsonList("groups", groups);
  std::vector<std::vector<std::string>> rows = {
      {"ID", "NAME", "STATUS", "CPU", "MEMORY", "TO PENDING", "TO RUNNING", "DELETES"}};
  for (const auto& group : groups) {
    rows.push_back({group.container_group_id(), group.name(), group.status(),
                    fmt::format("{}", group.cpu()), fmt::format("{}Gi", group.memory()),
                    SecondsTo(group, "Pending"), SecondsTo(group, "Running"),
                    fmt::format("{}", group.deletes_size())});
  }
  return Table(rows);
}

base::Result<std::string> FakeCalls(const std::string& control, const std::string& action,
                                    Format format) {
  fake::v1::ListCallsRequest request;
  request.set_action(action);
  VK_TRY(calls, ReadAll<fake::v1::CallRecord>(control, request, &Control::Stub::ListCalls));
  if (format == Format::kJson) return JsonList("calls", calls);
  std::vector<std::vector<std::string>> rows = {
      {"NUMBER", "ACTION", "CALLER", "OUTCOME", "GROUP", "REQUEST ID"}};
  for (const auto& call : calls) {
    rows.push_back({fmt::format("{}", call.number()), call.action(), call.caller(),
                    call.lost_reply() ? call.outcome() + " (lost)" : call.outcome(),
                    call.container_group_id(), call.request_id()});
  }
  return Table(rows);
}

base::Result<std::string> FakeAddFault(const std::string& control, const fake::v1::Fault& fault) {
  const auto wrong = [](std::string message) {
    return std::unexpected(base::Error(base::ErrorCode::kInvalidArgument, std::move(message)));
  };
  if (!fault.action().empty() && !NewEciMessages(fault.action()).request)
    return wrong(NoSuchAction(fault.action()));
  if (fault.kind() == "latency" && fault.latency_ms() == 0)
    return wrong("a fault of --kind latency needs --latency-ms above 0");
  VK_TRY(reply, Ask<fake::v1::AddFaultResponse>(control, fault, &Control::Stub::AddFault));
  return fmt::format("fault {} stands\n", reply.number());
}

base::Result<std::string> FakeListFaults(const std::string& control, Format format) {
  VK_TRY(reply, Ask<fake::v1::ListFaultsResponse>(control, fake::v1::ListFaultsRequest(),
                                                  &Control::Stub::ListFaults));
  if (format == Format::kJson) return JsonList("faults", reply.faults());
  std::vector<std::vector<std::string>> rows = {
      {"NUMBER", "KIND", "ACTION", "CALLER", "CODE", "LATENCY MS", "PROBABILITY", "LEFT"}};
  for (const auto& fault : reply.faults()) {
    rows.push_back({fmt::format("{}", fault.number()), fault.kind(), fault.action(), fault.caller(),
                    fault.code(), fmt::format("{}", fault.latency_ms()),
                    fmt::format("{}", fault.probability()),
                    fault.has_count() ? fmt::format("{}", fault.count()) : "-"});
  }
  return Table(rows);
}

base::Result<std::string> FakeClearFaults(const std::string& control) {
  VK_TRY(reply, Ask<fake::v1::RemoveFaultResponse>(control, fake::v1::RemoveFaultRequest(),
                                                   &Control::Stub::RemoveFault));
  static_cast<void>(reply);
  return "no fault stands\n";
}

base::Result<std::string> FakeOpenPort(const std::string& control, const std::string& group,
                                       int port) {
  fake::v1::OpenPortRequest request;
  request.set_container_group_id(group);
  request.set_port(port);
  VK_TRY(reply, Ask<fake::v1::OpenPortResponse>(control, request, &Control::Stub::OpenPort));
  return reply.web_socket_uri();
}

base::Result<std::string> FakeReset(const std::string& control) {
  VK_TRY(reply,
         Ask<fake::v1::ResetResponse>(control, fake::v1::ResetRequest(), &Control::Stub::Reset));
  static_cast<void>(reply);
  return "the fake cloud is as it was at its start\n";
}

}  // namespace vk::ecictl
