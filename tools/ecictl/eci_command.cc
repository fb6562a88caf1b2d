#include "tools/ecictl/eci_command.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "base/asio_clock.h"
#include "base/http/client.h"
#include "base/proto_json/proto_json.h"
#include "base/proto_json/wire_schema.h"
#include "base/task_group.h"
#include "eci_client/channel/factory.h"
#include "eci_client/channel/http_channel.h"
#include "eci_client/credentials/static_credentials.h"
#include "eci_client/query_codec.h"
#include "tools/ecictl/eci_actions.h"

namespace vk::ecictl {
namespace {

using google::protobuf::Message;

constexpr std::chrono::seconds kLimit{30};
constexpr std::string_view kRegion = "RegionId";

// PrivateZone has an address and a version of its own.
bool IsOfPrivateZone(const Message& request) {
  return request.GetDescriptor()->file()->package() == "vk.pvtz.v1";
}

base::Error Wrong(std::string message) {
  return base::Error(base::ErrorCode::kInvalidArgument, std::move(message));
}

std::string Variable(const eci::Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

std::vector<std::string> ParameterNames(const Message& request) {
  std::vector<std::string> names;
  const auto& schema = base::WireSchema::Of(*request.GetDescriptor(), base::JsonNames::kEci);
  for (const base::WireField& field : schema.fields()) names.push_back(field.name);
  return names;
}

bool Has(const eci::QueryPairs& pairs, std::string_view name) {
  return std::ranges::any_of(pairs, [name](const auto& pair) { return pair.first == name; });
}

// Fills the request and collects every problem with the parameters.
class ParameterReader {
 public:
  ParameterReader(const std::string& action, Message* request)
      : action_(action), names_(ParameterNames(*request)), request_(request) {}

  base::Status Read(const std::vector<std::string>& arguments, const std::string& region) {
    for (const std::string& argument : arguments) ReadArgument(argument);
    const bool regional = std::ranges::find(names_, kRegion) != names_.end();
    if (regional && !region.empty() && !Has(pairs_, kRegion)) pairs_.emplace_back(kRegion, region);
    if (problems_.empty()) {
      if (const auto read = eci::Unflatten(pairs_, request_); !read) Complain(read.error().message);
    }
    if (problems_.empty()) return {};
    return std::unexpected(Wrong(fmt::format("{}", fmt::join(problems_, "\n"))));
  }

 private:
  void Complain(std::string problem) {
    problems_.push_back(fmt::format("{}: {}", action_, std::move(problem)));
  }

  // Each is first read alone, so that each can be told.
  void ReadArgument(const std::string& argument) {
    const std::size_t equals = argument.find('=');
    if (equals == std::string::npos || equals == 0) {
      Complain(fmt::format("\"{}\" {} no parameter; write KEY=VALUE", argument,
                           equals == 0 ? "names" : "is"));
      return;
    }
    pairs_.emplace_back(argument.substr(0, equals), argument.substr(equals + 1));
    const auto read = eci::Unflatten({pairs_.back()}, request_);
    if (!read) {
      Complain(read.error().message);
    } else if (read->unknown_parameters > 0) {
      const std::string& key = pairs_.back().first;
      const auto near = NearNames(key.substr(0, key.find('.')), names_);
      Complain(fmt::format("there is no parameter {}{}", key,
                           NearHint(near, fmt::format("it takes {}", fmt::join(names_, ", ")))));
    }
  }

  const std::string& action_;
  const std::vector<std::string> names_;
  Message* const request_;
  eci::QueryPairs pairs_;
  std::vector<std::string> problems_;
};

base::Result<std::string> Endpoint(const EciCommandLine& line, const eci::Environment& environment,
                                   const Message& request) {
  if (!line.endpoint.empty()) return line.endpoint;
  if (std::string url = Variable(environment, "ECI_ENDPOINT"); !url.empty()) return url;
  if (IsOfPrivateZone(request)) return "https://pvtz.aliyuncs.com";
  std::string region = Variable(environment, "ECI_REGION");
  for (const auto& [name, value] : eci::Flatten(request)) {
    if (name == kRegion) region = value;
  }
  if (!region.empty()) return fmt::format("https://eci.{}.aliyuncs.com", region);
  return std::unexpected(Wrong("no endpoint; give RegionId=..., --endpoint URL or ECI_ENDPOINT"));
}

boost::asio::awaitable<void> Keep(EciCall call, boost::asio::any_io_executor executor,
                                  base::Clock& clock, base::Random& random,
                                  std::optional<base::Result<std::string>>* result) {
  result->emplace(co_await SendEciCall(std::move(call), std::move(executor), clock, random));
}

}  // namespace

base::Result<EciCall> PrepareEciCall(const EciCommandLine& line,
                                     const eci::Environment& environment) {
  EciMessages messages = NewEciMessages(line.action);
  if (!messages.request) {
    return std::unexpected(Wrong(NoSuchAction(line.action)));
  }
  ParameterReader reader(line.action, messages.request.get());
  VK_CHECK_OK(reader.Read(line.parameters, Variable(environment, "ECI_REGION")));
  VK_TRY(endpoint, Endpoint(line, environment, *messages.request));
  auto credentials = eci::CredentialsFromEnvironment(environment);
  if (!credentials) return std::unexpected(Wrong(credentials.error().message));
  return EciCall{.action = line.action,
                 .endpoint = std::move(endpoint),
                 .credentials = std::move(*credentials),
                 .request = std::move(messages.request),
                 .reply = std::move(messages.reply)};
}

boost::asio::awaitable<base::Result<std::unique_ptr<Message>>> CallEci(
    EciCall call, boost::asio::any_io_executor executor, base::Clock& clock, base::Random& random) {
  VK_CO_TRY(transport, base::MakeHttpClient({.url = call.endpoint, .user_agent = "ecictl"},
                                            std::move(executor), clock));
  eci::StaticCredentials credentials(call.credentials);
  eci::HttpChannelOptions options{.host = eci::HostOfUrl(call.endpoint), .reply_limit = kLimit};
  if (IsOfPrivateZone(*call.request)) options.version = "2018-01-01";
  eci::HttpChannel channel(std::move(options), *transport, credentials, clock, random);
  VK_CO_CHECK_OK(co_await channel.Call({.action = call.action,
                                        .request = call.request.get(),
                                        .reply = call.reply.get(),
                                        .deadline = clock.Now() + kLimit}));
  co_return std::move(call.reply);
}

boost::asio::awaitable<base::Result<std::string>> SendEciCall(EciCall call,
                                                              boost::asio::any_io_executor executor,
                                                              base::Clock& clock,
                                                              base::Random& random) {
  VK_CO_TRY(reply, co_await CallEci(std::move(call), std::move(executor), clock, random));
  VK_CO_TRY(json, base::ToJson(*reply, base::JsonNames::kEci));
  co_return json + "\n";
}

base::Result<std::string> EciCommand(const EciCommandLine& line,
                                     const eci::Environment& environment) {
  VK_TRY(call, PrepareEciCall(line, environment));
  boost::asio::io_context io(1);
  base::AsioClock clock(io);
  base::Random random(base::SystemSeed());
  std::optional<base::Result<std::string>> result;
  base::TaskGroup tasks(io.get_executor());
  tasks.Spawn("call", Keep(std::move(call), io.get_executor(), clock, random, &result));
  io.run();
  return std::move(*result);
}

}  // namespace vk::ecictl
