#include "eci_client/credentials/role_credentials.h"

#include <utility>

#include "base/deadline.h"
#include "eci_client/typed_call.h"
#include "proto/sts/v1/sts.pb.h"

namespace vk::eci {
namespace {

using base::Result;
using base::TimePoint;

constexpr std::chrono::seconds kPause{10};      // After a failure, while credentials last.
constexpr std::chrono::seconds kFirstPause{1};  // While there are none.

Result<Credentials> FromReply(const sts::v1::Credentials& wire) {
  if (wire.access_key_id().empty() || wire.access_key_secret().empty() ||
      wire.security_token().empty())
    return std::unexpected(base::Error(base::ErrorCode::kUnavailable,
                                       "read credentials of the role: the reply of STS has none"));
  return Credentials{.access_key_id = wire.access_key_id(),
                     .access_key_secret = base::SecretString(wire.access_key_secret()),
                     .security_token = base::SecretString(wire.security_token()),
                     .expiry = std::nullopt};
}

}  // namespace

RoleCredentials::RoleCredentials(RoleOptions options, RpcChannel& sts, ReadToken read_token,
                                 base::Clock& clock, base::Log& log,
                                 boost::asio::any_io_executor executor)
    : options_(std::move(options)),
      sts_(sts),
      read_token_(std::move(read_token)),
      clock_(clock),
      log_(log),
      turn_(1, std::move(executor)) {}

boost::asio::awaitable<Result<Credentials>> RoleCredentials::Get(TimePoint deadline) {
  const bool fresh = clock_.Now() < ask_at_ || asking_;
  if (Lasts() && fresh) co_return *held_;
  VK_CO_CHECK_OK(co_await base::WithDeadline<void>(
      clock_, deadline, "wait for the credentials of the role", turn_.Acquire()));
  auto got = co_await GetInTurn(deadline);
  turn_.Release();
  co_return got;
}

boost::asio::awaitable<Result<Credentials>> RoleCredentials::GetInTurn(TimePoint deadline) {
  if (clock_.Now() < ask_at_) {
    if (Lasts()) co_return *held_;
    if (failure_) co_return std::unexpected(*failure_);
  }
  const TimePoint asked = clock_.Now();
  asking_ = true;
  auto fetched = co_await Fetch(deadline);
  asking_ = false;
  if (fetched) {
    failure_.reset();
    held_ = *fetched;
    // By our own clock: it counts the seconds as STS does, whatever the time of day is here.
    ends_ = asked + options_.duration;
    ask_at_ = asked + options_.duration * 3 / 4;
    co_return fetched;
  }
  if (fetched.error().code == base::ErrorCode::kCancelled) co_return fetched;
  log_.Warn("cannot get credentials of the role",
            {{"role", options_.role_arn}, {"error", fetched.error().message}});
  failure_ = fetched.error();
  ask_at_ = clock_.Now() + (Lasts() ? kPause : kFirstPause);
  if (Lasts()) co_return *held_;
  co_return fetched;
}

boost::asio::awaitable<Result<Credentials>> RoleCredentials::Fetch(TimePoint deadline) {
  if (options_.oidc_provider_arn.empty()) {
    sts::v1::AssumeRoleRequest request;
    request.set_role_arn(options_.role_arn);
    request.set_role_session_name(options_.session_name);
    request.set_duration_seconds(options_.duration.count());
    VK_CO_TRY(reply, co_await TypedCall<sts::v1::AssumeRoleResponse>(sts_, "AssumeRole",
                                                                     std::move(request), deadline));
    co_return FromReply(reply.credentials());
  }
  auto token = read_token_();
  if (!token)
    co_return std::unexpected(
        base::Error(base::ErrorCode::kUnauthenticated,
                    "read the token of the identity provider: " + token.error().message));
  sts::v1::AssumeRoleWithOIDCRequest request;
  request.set_oidc_provider_arn(options_.oidc_provider_arn);
  request.set_oidc_token(*token);
  request.set_role_arn(options_.role_arn);
  request.set_role_session_name(options_.session_name);
  request.set_duration_seconds(options_.duration.count());
  VK_CO_TRY(reply, co_await TypedCall<sts::v1::AssumeRoleWithOIDCResponse>(
                       sts_, "AssumeRoleWithOIDC", std::move(request), deadline));
  co_return FromReply(reply.credentials());
}

}  // namespace vk::eci
