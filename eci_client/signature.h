#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/http/message.h"
#include "base/result.h"
#include "base/secret.h"
#include "eci_client/percent_encoding.h"

namespace vk::eci {

// The two ways an RPC call of Alibaba Cloud is signed, as pure functions over decoded parameters
// and headers: the client signs with them, the fake cloud verifies with them. Checked against what
// the official SDKs send (test/data/eci-sign-vectors.json).
//
// V3 (ACS3-HMAC-SHA256) signs the query and headers, the body by its hash in x-acs-content-sha256,
// and carries action and version in headers. V1 (HMAC-SHA1) signs query and form parameters
// together, action and version among them. The path is always "/".
enum class SignatureVersion { kV3, kV1 };

// Whether parameter names are percent-encoded in a V3 canonical query. The two differ only for odd
// map keys: the TypeScript SDK signs them raw, the documents say encoded; a server tries both.
enum class KeyForm { kRaw, kEncoded };

// What a V3 signature covers. REQUIRES: what it refers to outlives the call it is passed to.
struct V3Call {
  std::string_view method;
  const QueryPairs& query;  // Without the parameters of a form body.
  const base::HttpHeaders& headers;
  std::string_view signed_headers;  // Lower case, sorted, joined by ";", as in Authorization.
};

// The names of those `headers` that a client must sign: host, content-type and every x-acs-*.
std::string V3SignedHeaders(const base::HttpHeaders& headers);

// A header that is signed but missing counts as empty.
std::string V3StringToSign(const V3Call& call, KeyForm key_form);

// Lower-case hexadecimal.
std::string V3Signature(std::string_view string_to_sign, const base::SecretString& secret);

// The Authorization header of a V3 call, in parts.
struct V3Authorization {
  std::string access_key_id;
  std::string signed_headers;
  std::string signature;

  std::string Text() const;
};

// Errors: kInvalidArgument when `text` is not of the form "ACS3-HMAC-SHA256 Credential=...,
// SignedHeaders=...,Signature=...".
base::Result<V3Authorization> ParseV3Authorization(std::string_view text);

// `parameters` are those of query and form body together; one named Signature is left out.
std::string V1StringToSign(std::string_view method, const QueryPairs& parameters);

// Base64.
std::string V1Signature(std::string_view string_to_sign, const base::SecretString& secret);

// "2026-11-22T05:54:49Z", as both signatures carry it. REQUIRES: `time` lies in the years 1970 to
// 9999.
std::string SignatureTime(base::WallTime time);

}  // namespace vk::eci
