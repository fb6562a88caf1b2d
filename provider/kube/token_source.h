#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace vk::kube {

// The whole text of a file. Errors: kNotFound, kPermissionDenied, kUnavailable; the message names
// the path.
using FileReader = std::function<base::Result<std::string>(const std::string& path)>;

// Where the bearer token of a call comes from. Used on one thread; outlives its callers.
class TokenSource {
 public:
  virtual ~TokenSource() = default;

  // The token to send now; empty for a client without one (certificates). Usually at once.
  // Errors: kUnauthenticated (there is none to be had, with the remedy), kDeadlineExceeded,
  // kCancelled.
  virtual boost::asio::awaitable<base::Result<base::SecretString>> Token(
      base::TimePoint deadline) = 0;

  // The server answered 401 to the last token: the next call of Token gets a new one where it can.
  virtual void Rejected() = 0;
};

// The same token for ever; empty: none.
std::unique_ptr<TokenSource> MakeFixedToken(base::SecretString token);

// A file that somebody else renews, read again every minute and after a 401, as the kubelet's
// clients do; when that fails, the old token stays. `first` is the token where it is known already.
// REQUIRES: `clock` outlives it.
std::unique_ptr<TokenSource> MakeFileToken(std::string path, FileReader read, base::Clock& clock,
                                           base::SecretString first = {});

}  // namespace vk::kube
