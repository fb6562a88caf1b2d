#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "base/semaphore.h"
#include "eci_client/credentials/credentials.h"
#include "eci_client/rpc_channel.h"

namespace vk::eci {

struct RoleOptions {
  std::string role_arn;      // "acs:ram::1234567890123456:role/virtual-node"
  std::string session_name;  // Shows in the account's audit log; 2 to 64 of [A-Za-z0-9.@_-].
  // If not empty, a token of this identity provider proves who asks (AssumeRoleWithOIDC), else the
  // key that the channel signs with does (AssumeRole).
  std::string oidc_provider_arn;
  std::chrono::seconds duration{3600};  // STS takes 900 and more, up to the role's own limit.
};

// Short-lived credentials of a RAM role, fetched from STS when a quarter of their time or less is
// left. Callers that ask while they are fetched share one call; while STS cannot be reached, the
// last ones serve as long as they last, and STS is asked again after a pause. Used on one thread.
class RoleCredentials final : public CredentialsProvider {
 public:
  // Reads the token of the identity provider, which somebody else renews; only with a provider.
  using ReadToken = std::function<base::Result<std::string>()>;

  // The version of STS's API, for the channel.
  static constexpr std::string_view kVersion = "2015-04-01";

  // REQUIRES: `sts`, `clock` and `log` outlive it.
  RoleCredentials(RoleOptions options, RpcChannel& sts, ReadToken read_token, base::Clock& clock,
                  base::Log& log, boost::asio::any_io_executor executor);

  // Errors: those of the call to STS while there are no credentials that last;
  // kUnauthenticated when the token cannot be read.
  boost::asio::awaitable<base::Result<Credentials>> Get(base::TimePoint deadline) override;

 private:
  boost::asio::awaitable<base::Result<Credentials>> GetInTurn(base::TimePoint deadline);
  boost::asio::awaitable<base::Result<Credentials>> Fetch(base::TimePoint deadline);
  bool Lasts() const { return held_ && clock_.Now() < ends_; }

  const RoleOptions options_;
  RpcChannel& sts_;
  const ReadToken read_token_;
  base::Clock& clock_;
  base::Log& log_;
  base::Semaphore turn_;  // To ask STS.
  bool asking_ = false;
  std::optional<Credentials> held_;
  base::TimePoint ask_at_ =
      base::TimePoint::min();  // Others than those held are not asked for before.
  base::TimePoint ends_ = base::TimePoint::min();
  std::optional<base::Error> failure_;  // The last call's; it is the answer until ask_at_.
};

}  // namespace vk::eci
