#include "eci_client/channel/logging_channel.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>
#include <utility>

namespace vk::eci {
namespace {

constexpr const char* kLogged[] = {"region_id",
                                   "zone_id",
                                   "container_group_id",
                                   "container_group_ids",
                                   "container_group_name",
                                   "container_name",
                                   "image_cache_id",
                                   "image_cache_name",
                                   "data_cache_id",
                                   "virtual_node_id",
                                   "zone_name",
                                   "client_token",
                                   "next_token"};

std::string StringField(const google::protobuf::Message& message, const char* name) {
  const auto* field = message.GetDescriptor()->FindFieldByName(name);
  const bool readable = field != nullptr && !field->is_repeated() &&
                        field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING;
  return readable ? message.GetReflection()->GetString(message, field) : std::string();
}

std::string LoggedParameters(const google::protobuf::Message& request) {
  std::string text;
  for (const char* name : kLogged) {
    const std::string value = StringField(request, name);
    if (value.empty()) continue;
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, value);
  }
  return text;
}

}  // namespace

boost::asio::awaitable<base::Result<RpcDone>> LoggingChannel::Call(Rpc rpc) {
  const base::TimePoint start = clock_.Now();
  base::Result<RpcDone> done = co_await next_->Call(rpc);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.Now() - start);
  const std::string ms = fmt::format("{}", took.count());
  if (done) {
    log_.Debug("cloud call", {{"action", std::string(rpc.action)},
                              {"parameters", LoggedParameters(*rpc.request)},
                              {"request_id", StringField(*rpc.reply, "request_id")},
                              {"took_ms", ms}});
    co_return done;
  }
  const base::Error& error = done.error();
  log_.Debug("cloud call failed", {{"action", std::string(rpc.action)},
                                   {"parameters", LoggedParameters(*rpc.request)},
                                   {"code", error.cloud_code},
                                   {"request_id", error.request_id},
                                   {"took_ms", ms},
                                   {"error", error.message}});
  co_return done;
}

}  // namespace vk::eci
