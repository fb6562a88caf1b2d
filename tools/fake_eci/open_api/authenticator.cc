#include "tools/fake_eci/open_api/authenticator.h"

#include <algorithm>
#include <chrono>

#include "base/sha256.h"
#include "eci_client/signature.h"
#include "tools/fake_eci/engine/cloud_error.h"
#include "tools/fake_eci/engine/text.h"

namespace vk::fake {
namespace {

using namespace std::chrono_literals;

constexpr auto kMaxSkew = 15min;

std::string_view FindParameter(const eci::QueryPairs& pairs, std::string_view name) {
  const auto it = std::ranges::find(pairs, name, &std::pair<std::string, std::string>::first);
  return it == pairs.end() ? std::string_view() : std::string_view(it->second);
}

base::Status CheckTime(std::string_view text, base::WallTime now) {
  const auto time = ParseTime(text);
  if (!time) return std::unexpected(CloudError("InvalidTimeStamp.Format"));
  if (*time < now - kMaxSkew || *time > now + kMaxSkew) {
    return std::unexpected(
        CloudError("InvalidTimeStamp.Expired", "It is now " + TimeText(now) + "."));
  }
  return {};
}

base::Error Mismatch(std::string_view string_to_sign) {
  return CloudError("SignatureDoesNotMatch",
                    "server string to sign is:" + std::string(string_to_sign));
}

// Whether a list "a;b;c" names `header`.
bool Signs(std::string_view signed_headers, std::string_view header) {
  while (!signed_headers.empty()) {
    const std::size_t end = signed_headers.find(';');
    if (signed_headers.substr(0, end) == header) return true;
    signed_headers.remove_prefix(end == signed_headers.npos ? signed_headers.size() : end + 1);
  }
  return false;
}

}  // namespace

Authenticator::Authenticator(std::vector<AccessKey> keys) {
  for (AccessKey& key : keys) keys_.insert_or_assign(key.id, key);
}

base::Result<std::string> Authenticator::Verify(const SignedRequest& request, base::WallTime now) {
  if (!base::FindHeader(request.headers, "Authorization").empty()) return VerifyV3(request, now);
  const bool v1 = !FindParameter(request.query, "Signature").empty() ||
                  !FindParameter(request.form, "Signature").empty();
  if (v1) return VerifyV1(request, now);
  return std::unexpected(
      CloudError("IncompleteSignature", "There is no Authorization header and no Signature."));
}

base::Result<const AccessKey*> Authenticator::FindKey(const Claim& claim,
                                                      base::WallTime now) const {
  if (claim.key_id.empty()) return std::unexpected(MissingParameter("AccessKeyId"));
  if (claim.nonce.empty()) return std::unexpected(MissingParameter("SignatureNonce"));
  const auto it = keys_.find(claim.key_id);
  if (it == keys_.end()) return std::unexpected(CloudError("InvalidAccessKeyId.NotFound"));
  VK_CHECK_OK(CheckTime(claim.time, now));
  const std::string& token = it->second.token.Reveal();
  if (!token.empty() && claim.token.empty()) {
    return std::unexpected(CloudError("MissingSecurityToken"));
  }
  if (claim.token != token) {
    return std::unexpected(CloudError("InvalidSecurityToken.MismatchWithAccessKey"));
  }
  return &it->second;
}

base::Status Authenticator::UseNonce(const Claim& claim, base::WallTime now) {
  while (!nonce_ages_.empty() && nonce_ages_.front().first + 2 * kMaxSkew < now) {
    nonces_.erase(nonce_ages_.front().second);
    nonce_ages_.pop_front();
  }
  const std::pair key(claim.key_id, claim.nonce);
  if (!nonces_.insert(key).second) return std::unexpected(CloudError("SignatureNonceUsed"));
  nonce_ages_.emplace_back(now, key);
  return {};
}

base::Result<std::string> Authenticator::VerifyV3(const SignedRequest& request,
                                                  base::WallTime now) {
  const auto header = [&](std::string_view name) {
    return std::string(base::FindHeader(request.headers, name));
  };
  const auto parsed = eci::ParseV3Authorization(header("Authorization"));
  if (!parsed) return std::unexpected(CloudError("IncompleteSignature", parsed.error().message));
  const Claim claim{.key_id = parsed->access_key_id,
                    .time = header("x-acs-date"),
                    .nonce = header("x-acs-signature-nonce"),
                    .token = header("x-acs-security-token")};
  VK_TRY(key, FindKey(claim, now));
  for (const std::string_view name :
       {"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce"}) {
    if (Signs(parsed->signed_headers, name)) continue;
    return std::unexpected(
        CloudError("IncompleteSignature", "The signature leaves out " + std::string(name) + "."));
  }
  const eci::V3Call call{.method = request.method,
                         .query = request.query,
                         .headers = request.headers,
                         .signed_headers = parsed->signed_headers};
  const std::string raw = eci::V3StringToSign(call, eci::KeyForm::kRaw);
  const std::string encoded = eci::V3StringToSign(call, eci::KeyForm::kEncoded);
  const bool good = eci::V3Signature(encoded, key->secret) == parsed->signature ||
                    eci::V3Signature(raw, key->secret) == parsed->signature;
  if (!good) return std::unexpected(Mismatch(encoded));
  if (header("x-acs-content-sha256") != base::Sha256Hex(request.body)) {
    return std::unexpected(CloudError("SignatureDoesNotMatch", "The body is not the one signed."));
  }
  VK_CHECK_OK(UseNonce(claim, now));
  return claim.key_id;
}

base::Result<std::string> Authenticator::VerifyV1(const SignedRequest& request,
                                                  base::WallTime now) {
  eci::QueryPairs all = request.query;
  all.insert(all.end(), request.form.begin(), request.form.end());
  const auto parameter = [&](std::string_view name) {
    return std::string(FindParameter(all, name));
  };
  if (parameter("SignatureMethod") != "HMAC-SHA1" || parameter("SignatureVersion") != "1.0") {
    return std::unexpected(CloudError(
        "IncompleteSignature", "SignatureMethod must be HMAC-SHA1 and SignatureVersion 1.0."));
  }
  const Claim claim{.key_id = parameter("AccessKeyId"),
                    .time = parameter("Timestamp"),
                    .nonce = parameter("SignatureNonce"),
                    .token = parameter("SecurityToken")};
  VK_TRY(key, FindKey(claim, now));
  const std::string string_to_sign = eci::V1StringToSign(request.method, all);
  if (eci::V1Signature(string_to_sign, key->secret) != parameter("Signature")) {
    return std::unexpected(Mismatch(string_to_sign));
  }
  VK_CHECK_OK(UseNonce(claim, now));
  return claim.key_id;
}

}  // namespace vk::fake
