#include "eci_client/channel/http_channel.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/proto_json/proto_json.h"
#include "eci_client/idempotency.h"
#include "eci_client/query_codec.h"
#include "eci_client/redaction.h"
#include "eci_client/reply_error.h"

namespace vk::eci {
namespace {

constexpr int kNonceDigits = 32;

base::Error TooLarge(std::size_t size, std::size_t limit) {
  return base::Error(
      base::ErrorCode::kInvalidArgument,
      fmt::format("send request: it has {} bytes and the cloud takes {}; make the environment, "
                  "ConfigMaps or Secrets of the pod smaller",
                  size, limit));
}

base::Status ReadReply(const base::HttpResponse& reply, google::protobuf::Message* message) {
  if (reply.status != 200) return std::unexpected(ErrorFromReply(reply));
  const auto read = base::FromJson(reply.body, base::JsonNames::kEci, message);
  if (read) return {};
  base::Error error(
      base::ErrorCode::kUnavailable,
      fmt::format("read reply of {} bytes: {}", reply.body.size(), read.error().message));
  error.request_id = base::FindHeader(reply.headers, "x-acs-request-id");
  return std::unexpected(std::move(error));
}

// The credentials as parameters, so that what is secret is taken out of messages in one place.
QueryPairs WithCredentials(QueryPairs parameters, const Credentials& credentials) {
  parameters.emplace_back("AccessKeySecret", credentials.access_key_secret.Reveal());
  parameters.emplace_back("SecurityToken", credentials.security_token.Reveal());
  return parameters;
}

}  // namespace

boost::asio::awaitable<base::Result<RpcDone>> HttpChannel::Call(Rpc rpc) {
  UnsignedCall call{.action = rpc.action,
                    .version = options_.version,
                    .host = options_.host,
                    .parameters = Flatten(*rpc.request)};
  const std::size_t size = FormatQuery(call.parameters).size();
  if (size > options_.max_form_bytes)
    co_return std::unexpected(TooLarge(size, options_.max_form_bytes));
  VK_CO_TRY(credentials, co_await credentials_.Get(rpc.deadline));
  // What proves who asks without a signature is a secret, and URLs get into the logs of proxies.
  if (size > options_.max_query_bytes || credentials.access_key_id.empty())
    call.placement = UnsignedCall::Placement::kForm;
  base::Result<RpcDone> done = co_await Send(rpc, std::move(call), credentials);
  if (done) co_return done;
  base::Error error = std::move(done).error();
  error.message =
      WithoutSecrets(std::move(error.message), WithCredentials(Flatten(*rpc.request), credentials));
  co_return std::unexpected(std::move(error).In(fmt::format("call {}", rpc.action)));
}

boost::asio::awaitable<base::Result<RpcDone>> HttpChannel::Send(Rpc rpc, UnsignedCall call,
                                                                Credentials credentials) {
  // A repetition inside the transport carries the same nonce; the error table knows what the cloud
  // then says.
  const auto repeat =
      MayRepeat(rpc.action, *rpc.request) ? base::Repeat::kSafe : base::Repeat::kOnce;
  const base::TimePoint deadline = std::min(rpc.deadline, clock_.Now() + options_.reply_limit);
  base::HttpRequest request = SignedRequest(options_.signature, std::move(call), credentials,
                                            clock_.WallNow(), random_.HexDigits(kNonceDigits));
  request.permit = rpc.permit;
  VK_CO_TRY(reply, co_await transport_.Send(std::move(request), repeat, deadline));
  VK_CO_CHECK_OK(ReadReply(reply, rpc.reply));
  co_return RpcDone{.sent = reply.sent};
}

}  // namespace vk::eci
