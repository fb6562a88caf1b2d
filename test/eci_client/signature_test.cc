#include "eci_client/signature.h"

#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <fstream>
#include <sstream>

#include "base/proto_json/json_text.h"
#include "base/proto_json/rfc3339.h"
#include "eci_client/channel/signing.h"

namespace vk::eci {
namespace {

using boost::json::object;

// What official SDKs sent, recorded.
object LoadVectors() {
  std::ifstream file("test/data/eci-sign-vectors.json");
  std::ostringstream text;
  text << file.rdbuf();
  object by_name;
  for (const auto& vector : base::ParseJson(text.str())->as_array()) {
    by_name[vector.at("name").as_string()] = vector;
  }
  return by_name;
}

std::string Text(const object& vector, std::string_view key) {
  const auto* value = vector.if_contains(key);
  return value == nullptr ? "" : std::string(value->as_string());
}

base::HttpHeaders HeadersOf(const object& vector) {
  base::HttpHeaders headers;
  for (const auto& [name, value] : vector.at("headers").as_object()) {
    headers.emplace_back(name, value.as_string());
  }
  return headers;
}

base::SecretString SecretOf(const object& vector) {
  return base::SecretString(Text(vector, "accessKeySecret"));
}

class SignatureVectorTest : public testing::TestWithParam<std::string> {
 protected:
  const object vector_ = LoadVectors().at(GetParam()).as_object();
};
class V3VectorTest : public SignatureVectorTest {};
class V1VectorTest : public SignatureVectorTest {};

TEST_P(V3VectorTest, SignatureIsTheSdksOwn) {
  const auto query = ParseQuery(Text(vector_, "rawQuery"));
  ASSERT_TRUE(query);
  const base::HttpHeaders headers = HeadersOf(vector_);
  const std::string signed_headers = V3SignedHeaders(headers);

  const std::string to_sign = V3StringToSign({.method = Text(vector_, "method"),
                                              .query = *query,
                                              .headers = headers,
                                              .signed_headers = signed_headers},
                                             KeyForm::kRaw);

  EXPECT_EQ(signed_headers, Text(vector_, "signedHeaders"));
  EXPECT_EQ(to_sign, Text(vector_, "stringToSign"));
  EXPECT_EQ(V3Signature(to_sign, SecretOf(vector_)), Text(vector_, "signature"));
}

TEST_P(V3VectorTest, ClientSendsTheSameSignature) {
  const base::HttpHeaders headers = HeadersOf(vector_);
  const auto now = base::ParseRfc3339(base::FindHeader(headers, "x-acs-date"));
  const Credentials credentials{.access_key_id = Text(vector_, "accessKeyId"),
                                .access_key_secret = SecretOf(vector_),
                                .security_token = base::SecretString(
                                    std::string(base::FindHeader(headers, "x-acs-security-token"))),
                                .expiry = std::nullopt};

  const base::HttpRequest request =
      SignedRequest(SignatureVersion::kV3,
                    {.action = base::FindHeader(headers, "x-acs-action"),
                     .version = base::FindHeader(headers, "x-acs-version"),
                     .host = base::FindHeader(headers, "host"),
                     .parameters = *ParseQuery(Text(vector_, "rawQuery"))},
                    credentials, base::WallTime(std::chrono::seconds(now->seconds)),
                    std::string(base::FindHeader(headers, "x-acs-signature-nonce")));

  const auto authorization =
      ParseV3Authorization(base::FindHeader(request.headers, "authorization"));
  ASSERT_TRUE(authorization);
  EXPECT_EQ(authorization->signature, Text(vector_, "signature"));
  EXPECT_EQ(base::FindHeader(request.headers, "host"), "");
  const std::string target = Text(vector_, "rawQuery").empty() ? "/" : "/?";
  EXPECT_EQ(request.target.substr(0, 2), target);
}

INSTANTIATE_TEST_SUITE_P(Recorded, V3VectorTest,
                         testing::Values("tea-ts-create", "tea-ts-create-sts",
                                         "tea-ts-special-chars", "tea-ts-empty-query",
                                         "tea-ts-sts-assumerole"));

TEST_P(V1VectorTest, SignatureIsTheSdksOwn) {
  QueryPairs parameters = *ParseQuery(Text(vector_, "rawQueryWithoutSignature"));
  const QueryPairs form = *ParseQuery(Text(vector_, "bodyWithoutSignature"));
  parameters.insert(parameters.end(), form.begin(), form.end());
  parameters.emplace_back("Signature", "is not signed");

  const std::string to_sign = V1StringToSign(Text(vector_, "method"), parameters);

  EXPECT_EQ(to_sign, Text(vector_, "stringToSign"));
  EXPECT_EQ(V1Signature(to_sign, SecretOf(vector_)), Text(vector_, "signature"));
}

INSTANTIATE_TEST_SUITE_P(Recorded, V1VectorTest,
                         testing::Values("tea-ts-create-v1", "pop-core-get", "pop-core-post-form"));

TEST(SignatureTest, NoVectorIsLeftOut) { EXPECT_EQ(LoadVectors().size(), 8u); }

TEST(SignatureTest, OddKeysSignDifferentlyRawAndEncoded) {
  const QueryPairs query = {{"DataSource.Options.k e*y", "v"}};
  const V3Call call{.method = "POST", .query = query, .headers = {}, .signed_headers = ""};

  EXPECT_NE(V3StringToSign(call, KeyForm::kRaw), V3StringToSign(call, KeyForm::kEncoded));
}

TEST(SignatureTest, ParametersAreSortedByBytes) {
  const std::string text =
      V1StringToSign("GET", {{"b", "1"}, {"A.2.x", "2"}, {"A.10.x", "10"}, {"a", "0"}});

  EXPECT_EQ(text, "GET&%2F&A.10.x%3D10%26A.2.x%3D2%26a%3D0%26b%3D1");
}

TEST(SignatureTest, SignedHeadersAreLowerCaseSortedAndOnlyThoseThatCount) {
  EXPECT_EQ(V3SignedHeaders({{"X-Acs-Date", "d"},
                             {"Accept", "a"},
                             {"Host", "h"},
                             {"Content-Type", "c"},
                             {"Content-Length", "0"}}),
            "content-type;host;x-acs-date");
}

TEST(V3AuthorizationTest, WhatIsWrittenIsRead) {
  const V3Authorization written{
      .access_key_id = "id", .signed_headers = "host;x-acs-date", .signature = "0a1b"};

  const auto read = ParseV3Authorization(written.Text());

  ASSERT_TRUE(read);
  EXPECT_EQ(read->access_key_id, "id");
  EXPECT_EQ(read->signed_headers, "host;x-acs-date");
  EXPECT_EQ(read->signature, "0a1b");
}

TEST(V3AuthorizationTest, GarbageIsRefused) {
  for (const std::string_view text :
       {"", "Bearer x", "ACS3-HMAC-SHA256", "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=b",
        "ACS3-HMAC-SHA256 Credential=,SignedHeaders=b,Signature=c",
        "ACS3-HMAC-SHA256 SignedHeaders=b,Credential=a,Signature=c"}) {
    EXPECT_FALSE(ParseV3Authorization(text)) << text;
  }
}

TEST(SignatureTest, TimeIsInSecondsOfUtc) {
  EXPECT_EQ(SignatureTime(base::WallTime(std::chrono::milliseconds(1'573'900'000'999))),
            "2019-11-16T10:26:40Z");
}

}  // namespace
}  // namespace vk::eci
