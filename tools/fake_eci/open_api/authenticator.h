#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/http/message.h"
#include "base/result.h"
#include "base/secret.h"
#include "eci_client/percent_encoding.h"

namespace vk::fake {

// Who may call, and with what secret. A key with a token is a short-lived one of STS: every call
// has to carry that token.
struct AccessKey {
  std::string id;
  base::SecretString secret;
  base::SecretString token;
};

// A request as far as its signature goes, decoded: signatures are made over decoded parameters.
// REQUIRES: what it refers to outlives the call it is passed to.
struct SignedRequest {
  std::string_view method;
  const base::HttpHeaders& headers;
  const eci::QueryPairs& query;
  const eci::QueryPairs& form;  // The pairs of a form body; empty without one.
  std::string_view body;
};

// Checks signatures of both versions as the cloud does (Alibaba Cloud, "Request syntax and
// signature method"). An Authorization header means V3, a Signature parameter V1. Remembers nonces
// for twice the allowed skew. Used on one thread.
class Authenticator {
 public:
  explicit Authenticator(std::vector<AccessKey> keys);

  // The access key id of the caller. Errors: the cloud's, with its codes; a wrong signature tells
  // the string that was expected to be signed, as SDKs compare it with their own.
  base::Result<std::string> Verify(const SignedRequest& request, base::WallTime now);

 private:
  // What both versions have to say for themselves.
  struct Claim {
    std::string key_id;
    std::string time;
    std::string nonce;
    std::string token;
  };

  base::Result<std::string> VerifyV3(const SignedRequest& request, base::WallTime now);
  base::Result<std::string> VerifyV1(const SignedRequest& request, base::WallTime now);
  base::Result<const AccessKey*> FindKey(const Claim& claim, base::WallTime now) const;
  // After the signature was found good. Errors: SignatureNonceUsed.
  base::Status UseNonce(const Claim& claim, base::WallTime now);

  std::map<std::string, AccessKey, std::less<>> keys_;
  std::set<std::pair<std::string, std::string>> nonces_;  // By key.
  std::deque<std::pair<base::WallTime, std::pair<std::string, std::string>>> nonce_ages_;
};

}  // namespace vk::fake
