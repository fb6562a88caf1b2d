#include "eci_client/signature.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <set>

#include "base/proto_json/rfc3339.h"
#include "base/sha256.h"

namespace vk::eci {
namespace {

constexpr std::string_view kV3Algorithm = "ACS3-HMAC-SHA256";

std::string Hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 0xf]);
  }
  return text;
}

std::string Base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '\0');
  // EVP_EncodeBlock writes a terminating zero where std::string has its own.
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                  reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  return text;
}

std::string Hmac(const EVP_MD* digest, std::string_view key, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned int size = 0;
  HMAC(digest, key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), out.data(), &size);
  return std::string(reinterpret_cast<const char*>(out.data()), size);
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string CanonicalQuery(const QueryPairs& parameters, KeyForm key_form) {
  // In byte order: Container.10 comes before Container.2.
  std::vector<const QueryPairs::value_type*> sorted;
  sorted.reserve(parameters.size());
  for (const auto& parameter : parameters) sorted.push_back(&parameter);
  std::ranges::sort(sorted, [](const auto* a, const auto* b) { return *a < *b; });
  std::string query;
  for (const auto* parameter : sorted) {
    if (!query.empty()) query.push_back('&');
    query += key_form == KeyForm::kRaw ? parameter->first : PercentEncode(parameter->first);
    query.push_back('=');
    query += PercentEncode(parameter->second);
  }
  return query;
}

std::string CanonicalHeaders(const V3Call& call) {
  std::string lines;
  std::string_view rest = call.signed_headers;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    const std::string_view name = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    lines += fmt::format("{}:{}\n", name, Trim(base::FindHeader(call.headers, name)));
  }
  return lines;
}

// Takes "name=value" from the front of `text`, up to a comma.
bool TakePart(std::string_view name, std::string_view* text, std::string* value) {
  *text = Trim(*text);
  if (!text->starts_with(name)) return false;
  text->remove_prefix(name.size());
  const std::size_t end = std::min(text->find(','), text->size());
  *value = Trim(text->substr(0, end));
  text->remove_prefix(std::min(end + 1, text->size()));
  return !value->empty();
}

}  // namespace

std::string V3SignedHeaders(const base::HttpHeaders& headers) {
  std::set<std::string> names;
  for (const auto& [name, value] : headers) {
    std::string lower = Lower(name);
    if (lower == "host" || lower == "content-type" || lower.starts_with("x-acs-")) {
      names.insert(std::move(lower));
    }
  }
  return fmt::format("{}", fmt::join(names, ";"));
}

std::string V3StringToSign(const V3Call& call, KeyForm key_form) {
  const std::string canonical =
      fmt::format("{}\n/\n{}\n{}\n{}\n{}", call.method, CanonicalQuery(call.query, key_form),
                  CanonicalHeaders(call), call.signed_headers,
                  base::FindHeader(call.headers, "x-acs-content-sha256"));
  return fmt::format("{}\n{}", kV3Algorithm, base::Sha256Hex(canonical));
}

std::string V3Signature(std::string_view string_to_sign, const base::SecretString& secret) {
  return Hex(Hmac(EVP_sha256(), secret.Reveal(), string_to_sign));
}

std::string V3Authorization::Text() const {
  return fmt::format("{} Credential={},SignedHeaders={},Signature={}", kV3Algorithm, access_key_id,
                     signed_headers, signature);
}

base::Result<V3Authorization> ParseV3Authorization(std::string_view text) {
  V3Authorization parsed;
  const bool right_algorithm = text.starts_with(kV3Algorithm);
  if (right_algorithm) text.remove_prefix(kV3Algorithm.size());
  if (!right_algorithm || !TakePart("Credential=", &text, &parsed.access_key_id) ||
      !TakePart("SignedHeaders=", &text, &parsed.signed_headers) ||
      !TakePart("Signature=", &text, &parsed.signature)) {
    return std::unexpected(base::Error(
        base::ErrorCode::kInvalidArgument,
        "read Authorization: not of the form ACS3-HMAC-SHA256 Credential=ID,SignedHeaders=NAMES,"
        "Signature=HEX"));
  }
  return parsed;
}

std::string V1StringToSign(std::string_view method, const QueryPairs& parameters) {
  QueryPairs signed_ones;
  signed_ones.reserve(parameters.size());
  for (const auto& parameter : parameters) {
    if (parameter.first != "Signature") signed_ones.push_back(parameter);
  }
  return fmt::format("{}&%2F&{}", method,
                     PercentEncode(CanonicalQuery(signed_ones, KeyForm::kEncoded)));
}

std::string V1Signature(std::string_view string_to_sign, const base::SecretString& secret) {
  return Base64(Hmac(EVP_sha1(), secret.Reveal() + "&", string_to_sign));
}

std::string SignatureTime(base::WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch());
  return base::FormatRfc3339({.seconds = seconds.count()}).value_or("");
}

}  // namespace vk::eci
