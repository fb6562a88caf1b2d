#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace vk::eci {

// What a call is signed with.
struct Credentials {
  std::string access_key_id;
  base::SecretString access_key_secret;
  base::SecretString security_token;     // Empty for a key that lasts.
  std::optional<base::WallTime> expiry;  // When the security token ends, where that is known.
};

// Where credentials come from: a pair in the configuration, or a role that hands out short-lived
// ones. Used on one thread.
class CredentialsProvider {
 public:
  virtual ~CredentialsProvider() = default;

  // Credentials that are good now; asked before every try of every call, so implementations keep
  // what they fetched. Errors: kUnauthenticated (there are none, or they were refused),
  // kUnavailable, kDeadlineExceeded, kCancelled.
  virtual boost::asio::awaitable<base::Result<Credentials>> Get(base::TimePoint deadline) = 0;
};

}  // namespace vk::eci
