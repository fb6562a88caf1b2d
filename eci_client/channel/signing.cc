#include "eci_client/channel/signing.h"

#include <utility>

#include "base/sha256.h"

namespace vk::eci {
namespace {

constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

std::string Target(const QueryPairs& query) {
  return query.empty() ? "/" : "/?" + FormatQuery(query);
}

// Puts the parameters where the call wants them; returns those of the query.
QueryPairs Place(UnsignedCall& call, base::HttpRequest* request) {
  if (call.placement == UnsignedCall::Placement::kQuery) return std::move(call.parameters);
  request->body = FormatQuery(call.parameters);
  request->headers.emplace_back("content-type", kFormType);
  return {};
}

base::HttpRequest StartRequest(const UnsignedCall& call) {
  return {.method = "POST",
          .target = "/",
          .headers = {{"accept", "application/json"},
                      {"x-acs-action", std::string(call.action)},
                      {"x-acs-version", std::string(call.version)}},
          .body = ""};
}

base::HttpRequest SignedV3(UnsignedCall call, const Credentials& credentials, base::WallTime now,
                           std::string nonce) {
  base::HttpRequest request = StartRequest(call);
  const QueryPairs query = Place(call, &request);
  request.target = Target(query);
  const bool temporary = !credentials.security_token.empty();
  base::HttpHeaders& headers = request.headers;
  headers.emplace_back("x-acs-date", SignatureTime(now));
  headers.emplace_back("x-acs-signature-nonce", std::move(nonce));
  headers.emplace_back("x-acs-content-sha256", base::Sha256Hex(request.body));
  headers.emplace_back("x-acs-credentials-provider", temporary ? "static_sts" : "static_ak");
  if (temporary) {
    headers.emplace_back("x-acs-accesskey-id", credentials.access_key_id);
    headers.emplace_back("x-acs-security-token", credentials.security_token.Reveal());
  }
  // Host is signed here but sent by the transport.
  headers.emplace_back("host", call.host);
  V3Authorization authorization{.access_key_id = credentials.access_key_id,
                                .signed_headers = V3SignedHeaders(headers),
                                .signature = ""};
  authorization.signature =
      V3Signature(V3StringToSign({.method = request.method,
                                  .query = query,
                                  .headers = headers,
                                  .signed_headers = authorization.signed_headers},
                                 KeyForm::kRaw),
                  credentials.access_key_secret);
  headers.back() = {"authorization", authorization.Text()};
  return request;
}

base::HttpRequest SignedV1(UnsignedCall call, const Credentials& credentials, base::WallTime now,
                           std::string nonce) {
  base::HttpRequest request = StartRequest(call);
  QueryPairs query = {{"Action", std::string(call.action)},
                      {"Format", "json"},
                      {"Version", std::string(call.version)},
                      {"Timestamp", SignatureTime(now)},
                      {"SignatureNonce", std::move(nonce)},
                      {"SignatureMethod", "HMAC-SHA1"},
                      {"SignatureVersion", "1.0"},
                      {"AccessKeyId", credentials.access_key_id}};
  if (!credentials.security_token.empty()) {
    query.emplace_back("SecurityToken", credentials.security_token.Reveal());
  }
  QueryPairs all = query;
  all.insert(all.end(), call.parameters.begin(), call.parameters.end());
  std::string signature =
      V1Signature(V1StringToSign(request.method, all), credentials.access_key_secret);
  const QueryPairs business = Place(call, &request);
  query.insert(query.end(), business.begin(), business.end());
  query.emplace_back("Signature", std::move(signature));
  request.target = Target(query);
  return request;
}

base::HttpRequest Anonymous(UnsignedCall call, base::WallTime now, std::string nonce) {
  base::HttpRequest request = StartRequest(call);
  QueryPairs query = {{"Action", std::string(call.action)},
                      {"Format", "json"},
                      {"Version", std::string(call.version)},
                      {"Timestamp", SignatureTime(now)},
                      {"SignatureNonce", std::move(nonce)}};
  const QueryPairs business = Place(call, &request);
  query.insert(query.end(), business.begin(), business.end());
  request.target = Target(query);
  return request;
}

}  // namespace

base::HttpRequest SignedRequest(SignatureVersion signature, UnsignedCall call,
                                const Credentials& credentials, base::WallTime now,
                                std::string nonce) {
  if (credentials.access_key_id.empty()) return Anonymous(std::move(call), now, std::move(nonce));
  return signature == SignatureVersion::kV3
             ? SignedV3(std::move(call), credentials, now, std::move(nonce))
             : SignedV1(std::move(call), credentials, now, std::move(nonce));
}

}  // namespace vk::eci
