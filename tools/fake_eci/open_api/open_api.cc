#include "tools/fake_eci/open_api/open_api.h"

#include <fmt/format.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>

#include "base/proto_json/proto_json.h"
#include "eci_client/query_codec.h"
#include "proto/eci/v1/container.pb.h"
#include "proto/wire/v1/error_reply.pb.h"
#include "tools/fake_eci/engine/actions.h"
#include "tools/fake_eci/engine/cloud_error.h"
#include "tools/fake_eci/open_api/xml_writer.h"

namespace vk::fake {
namespace {

constexpr std::string_view kForm = "application/x-www-form-urlencoded";

std::string FindParameter(const eci::QueryPairs& pairs, std::string_view name) {
  const auto it = std::ranges::find(pairs, name, &std::pair<std::string, std::string>::first);
  return it == pairs.end() ? "" : it->second;
}

base::HttpResponse Body(int status, const google::protobuf::Message& message, bool xml,
                        const std::string& xml_root) {
  if (xml) {
    return {.status = status,
            .headers = {{"Content-Type", "text/xml;charset=utf-8"}},
            .body = ToXml(message, xml_root)};
  }
  auto body = base::ToJson(message, base::JsonNames::kEci);
  return {.status = body ? status : 500,
          .headers = {{"Content-Type", "application/json;charset=utf-8"}},
          .body = body ? std::move(*body) : "{}"};
}

base::HttpResponse ErrorResponse(const base::Error& error, const std::string& host, bool xml) {
  wire::v1::ErrorReply reply;
  reply.set_request_id(error.request_id);
  reply.set_host_id(host);
  reply.set_code(error.cloud_code);
  reply.set_message(error.message);
  reply.set_recommend(
      fmt::format("https://api.aliyun.com/troubleshoot?q={}&product=Eci&requestId={}",
                  eci::PercentEncode(error.cloud_code), error.request_id));
  base::HttpResponse response = Body(HttpStatusOf(error.cloud_code), reply, xml, "Error");
  response.headers.emplace_back("x-acs-request-id", error.request_id);
  if (error.retry_after) {
    response.headers.emplace_back("x-ratelimit-user-api",
                                  fmt::format("Remain:0,TimeLeft:{}", error.retry_after->count()));
  }
  return response;
}

// Errors as they come from decoding have no word of the cloud's.
base::Error AsCloudError(base::Error error) {
  return error.cloud_code.empty() ? CloudError("InvalidParameter", error.message)
                                  : std::move(error);
}

// What the call itself says wins.
bool WantsXml(std::string_view format, bool v1) {
  if (format.empty()) return v1;
  return std::ranges::equal(format, std::string_view("XML"), {},
                            [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
}

// The official Go SDK (1.63) writes this instead of a probe's command, for every container, also
// without a probe; its creations are taken nevertheless.
bool IsBrokenList(const std::pair<std::string, std::string>& parameter) {
  return parameter.second == "<[]string Value>" && parameter.first.ends_with("Probe.Exec.Command");
}

base::HttpResponse Text(int status, std::string body) {
  return {.status = status, .headers = {{"Content-Type", "text/plain"}}, .body = std::move(body)};
}

}  // namespace

boost::asio::awaitable<void> OpenApi::Serve(const base::HttpRequest& request,
                                            base::HttpResponder& responder) {
  const std::string_view target = request.target;
  const std::size_t mark = target.find('?');
  const std::string_view path = target.substr(0, mark);
  const std::string_view query =
      mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  if (path == "/healthz") {
    (void)co_await responder.Reply(Text(200, "ok\n"));
    co_return;
  }
  if (path.starts_with("/exec")) {
    co_await ServeExec(request, query, responder);
    co_return;
  }
  if (path != "/") {
    (void)co_await responder.Reply(Text(404, "the API is at /, health at /healthz\n"));
    co_return;
  }
  Answer answer = Handle(request, query);
  if (answer.delay.count() > 0) {
    const base::Status slept = co_await clock_.SleepUntil(clock_.Now() + answer.delay);
    if (!slept) co_return;
  }
  if (answer.command && !answer.command->token.empty()) {
    exec_sessions_->Offer(std::move(*answer.command));
  } else if (answer.command) {
    const bool xml =
        base::FindHeader(answer.response.headers, "Content-Type").starts_with("text/xml");
    answer.response = co_await RunCommand(answer, xml);
  }
  if (answer.lost) {
    responder.Drop();
  } else {
    (void)co_await responder.Reply(std::move(answer.response));
  }
}

boost::asio::awaitable<void> OpenApi::ServeExec(const base::HttpRequest& request,
                                                std::string_view query,
                                                base::HttpResponder& responder) {
  if (exec_sessions_ != nullptr) {
    co_await exec_sessions_->Serve(request, query, responder);
    co_return;
  }
  (void)co_await responder.Reply(
      Text(501,
           "simulated containers have no exec streams; start fake-eci with --runtime containerd, "
           "or call ExecContainerCommand with Sync=true\n"));
}

boost::asio::awaitable<base::HttpResponse> OpenApi::RunCommand(Answer answer, bool xml) {
  auto output = co_await run_command_(std::move(*answer.command));
  if (!output) {
    base::Error error = CloudError("InternalError", output.error().message);
    error.request_id = answer.request_id;
    co_return ErrorResponse(error, "", xml);
  }
  eci::v1::ExecContainerCommandResponse reply;
  reply.set_request_id(answer.request_id);
  reply.set_sync_response(std::move(*output));
  co_return Body(200, reply, xml, "ExecContainerCommandResponse");
}

OpenApi::Answer OpenApi::Handle(const base::HttpRequest& request, std::string_view query) {
  ReplyForm reply_form{.host = std::string(base::FindHeader(request.headers, "Host"))};
  auto parsed_query = eci::ParseQuery(query);
  const bool has_form = base::FindHeader(request.headers, "Content-Type").starts_with(kForm);
  auto parsed_form = eci::ParseQuery(has_form ? std::string_view(request.body) : "");
  if (!parsed_query) return Refuse("", "", AsCloudError(parsed_query.error()), reply_form);
  if (!parsed_form) return Refuse("", "", AsCloudError(parsed_form.error()), reply_form);

  const auto either = [&](std::string_view header, std::string_view parameter) {
    std::string value(base::FindHeader(request.headers, header));
    if (value.empty()) value = FindParameter(*parsed_query, parameter);
    return value.empty() ? FindParameter(*parsed_form, parameter) : value;
  };
  reply_form.xml = WantsXml(either("", "Format"), !either("", "Signature").empty());
  const std::string action = either("x-acs-action", "Action");
  if (request.method != "GET" && request.method != "POST") {
    return Refuse("", action, CloudError("UnsupportedHTTPMethod"), reply_form);
  }
  const auto caller = authenticator_.Verify({.method = request.method,
                                             .headers = request.headers,
                                             .query = *parsed_query,
                                             .form = *parsed_form,
                                             .body = request.body},
                                            clock_.WallNow());
  if (!caller) return Refuse("", action, caller.error(), reply_form);
  if (action.empty()) return Refuse(*caller, action, MissingParameter("Action"), reply_form);
  const Wanted wanted{action, either("x-acs-version", "Version"), request.method};
  eci::QueryPairs parameters = std::move(*parsed_query);
  std::ranges::move(*parsed_form, std::back_inserter(parameters));
  std::erase_if(parameters, IsBrokenList);
  return Call(*caller, wanted, parameters, reply_form);
}

OpenApi::Answer OpenApi::Call(const std::string& caller, const Wanted& wanted,
                              const eci::QueryPairs& parameters, const ReplyForm& reply_form) {
  const std::string& action_name = wanted.action;
  const Action* action = FindAction(action_name);
  if (action == nullptr) {
    return Refuse(caller, action_name, CloudError("InvalidAction.NotFound"), reply_form);
  }
  if (wanted.version != action->version) {
    return Refuse(
        caller, action_name,
        CloudError("InvalidVersion", fmt::format("It is {} for this action.", action->version)),
        reply_form);
  }
  if (action->post_only && wanted.method != "POST") {
    return Refuse(caller, action_name, CloudError("UnsupportedHTTPMethod"), reply_form);
  }
  const auto request = action->new_request();
  if (const auto read = eci::Unflatten(parameters, request.get()); !read) {
    return Refuse(caller, action_name, AsCloudError(read.error()), reply_form);
  }
  const auto reply = action->new_reply();
  CallOutcome outcome = cloud_.Call(caller, action_name, *request, reply.get());
  driver_.Wake();
  log_.Debug("call", {{"action", action_name},
                      {"caller", caller},
                      {"request_id", outcome.request_id},
                      {"outcome", outcome.status ? "OK" : outcome.status.error().cloud_code}});
  return {.response = outcome.status
                          ? Body(200, *reply, reply_form.xml, action_name + "Response")
                          : ErrorResponse(outcome.status.error(), reply_form.host, reply_form.xml),
          .delay = outcome.delay,
          .lost = outcome.reply_lost,
          .command = std::move(outcome.command),
          .request_id = outcome.request_id};
}

OpenApi::Answer OpenApi::Refuse(std::string_view caller, std::string_view action, base::Error error,
                                const ReplyForm& reply_form) {
  error.request_id = cloud_.NoteRefusal(caller, action, error);
  log_.Info("refused a call", {{"action", std::string(action)},
                               {"request_id", error.request_id},
                               {"code", error.cloud_code}});
  Answer answer;
  answer.response = ErrorResponse(error, reply_form.host, reply_form.xml);
  return answer;
}

}  // namespace vk::fake
