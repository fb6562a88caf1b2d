#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/http/server.h"
#include "base/result.h"
#include "provider/kube/kube_api.h"
#include "provider/kubelet_api/review_cache.h"
#include "provider/kubelet_api/user.h"

namespace vk::kubelet {

// Finds out who asks, as the kubelet does: by the client certificate that the TLS handshake
// verified (common name and organizations are user and groups), else by the bearer token, which the
// API server reviews (TokenReview). Nobody is let in without either. An accepted token is believed
// for two minutes, a refused one for ten seconds. Core thread.
class Authenticator {
 public:
  // REQUIRES: `api` and `clock` outlive it.
  Authenticator(kube::KubeApi& api, base::Clock& clock) : api_(api), clock_(clock) {}

  // Errors: kUnauthenticated; kThrottled when too many reviews are running; those of the review.
  boost::asio::awaitable<base::Result<User>> Authenticate(const base::HttpRequest& request,
                                                          const base::HttpPeer& peer);

 private:
  boost::asio::awaitable<base::Result<User>> ReviewToken(std::string token);
  boost::asio::awaitable<base::Result<User>> AskApiServer(std::string token);

  kube::KubeApi& api_;
  base::Clock& clock_;
  int running_reviews_ = 0;
  // By the token's hash. Apart, so that refused guesses push out nobody who is known.
  ReviewCache<User> accepted_{1024};
  ReviewCache<bool> refused_{1024};
};

}  // namespace vk::kubelet
