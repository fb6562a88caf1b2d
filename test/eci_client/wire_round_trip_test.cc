#include <gmock/gmock.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fstream>
#include <memory>
#include <random>
#include <set>
#include <sstream>

#include "base/proto_json/json_text.h"
#include "base/proto_json/proto_json.h"
#include "eci_client/query_codec.h"
#include "test/base/proto_json/random_message.h"
#include "test/eci_client/api_files.h"

namespace vk::eci {
namespace {

using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;

std::unique_ptr<Message> NewMessage(const Descriptor& type) {
  auto* factory = google::protobuf::MessageFactory::generated_factory();
  return std::unique_ptr<Message>(factory->GetPrototype(&type)->New());
}

std::unique_ptr<Message> RandomOf(const Descriptor& type, std::uint64_t seed) {
  auto message = NewMessage(type);
  if (type.field_count() > 0) base::RandomMessage(seed).Fill(message.get());
  return message;
}

RC_GTEST_PROP(WireRoundTripTest, EveryRequestReadsBackFromItsShuffledQuery, (std::uint64_t seed)) {
  for (const Descriptor* type : MessagesEndingIn(AllFiles(), "Request")) {
    const auto request = RandomOf(*type, seed);
    QueryPairs pairs = Flatten(*request);
    std::ranges::shuffle(pairs, std::mt19937_64(seed));
    const auto read = NewMessage(*type);

    const auto stats = Unflatten(pairs, read.get());

    if (!stats) RC_FAIL(type->name() + ": " + stats.error().message);
    RC_ASSERT(stats->unknown_parameters == 0u);
    RC_ASSERT(MessageDifferencer::Equals(*request, *read));
  }
}

RC_GTEST_PROP(WireRoundTripTest, EveryReplyReadsBackFromItsJson, (std::uint64_t seed)) {
  for (const Descriptor* type : MessagesEndingIn(AllFiles(), "Response")) {
    const auto reply = RandomOf(*type, seed);
    const auto json = base::ToJson(*reply, base::JsonNames::kEci);
    RC_ASSERT(json.has_value());
    const auto read = NewMessage(*type);

    const auto stats = base::FromJson(*json, base::JsonNames::kEci, read.get());

    if (!stats) RC_FAIL(type->name() + ": " + stats.error().message);
    RC_ASSERT(stats->unknown_members == 0u);
    RC_ASSERT(MessageDifferencer::Equals(*reply, *read));
  }
}

// What signature V1 adds to the parameters of a call.
const std::set<std::string> kCommonParameters{
    "AccessKeyId",    "Action",           "Format",    "SignatureMethod",
    "SignatureNonce", "SignatureVersion", "Timestamp", "Version"};

std::string Member(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value == nullptr ? "" : std::string(value->as_string());
}

std::string Action(const boost::json::object& capture, const QueryPairs& pairs) {
  const auto named = std::ranges::find(pairs, "Action", &QueryPairs::value_type::first);
  if (named != pairs.end()) return named->second;
  return Member(capture.at("headers").as_object(), "x-acs-action");
}

TEST(WireRoundTripTest, CapturesOfOfficialSdksReadAndWriteTheSamePairs) {
  std::ifstream file("test/data/eci-sign-vectors.json");
  std::stringstream text;
  text << file.rdbuf();
  const auto captures = base::ParseJson(text.str());
  ASSERT_TRUE(captures);
  const auto requests = MessagesEndingIn(AllFiles(), "Request");
  for (const auto& item : captures->as_array()) {
    const auto& capture = item.as_object();
    SCOPED_TRACE(Member(capture, "name"));
    const auto pairs =
        ParseQuery(Member(capture, "rawQuery") + Member(capture, "rawQueryWithoutSignature") +
                   Member(capture, "bodyWithoutSignature"));
    ASSERT_TRUE(pairs);
    const auto type = std::ranges::find(requests, Action(capture, *pairs) + "Request",
                                        [](const auto* request) { return request->name(); });
    ASSERT_NE(type, requests.end());
    QueryPairs expected = *pairs;
    std::erase_if(expected,
                  [](const auto& pair) { return kCommonParameters.contains(pair.first); });

    const auto request = NewMessage(**type);
    const auto stats = Unflatten(*pairs, request.get());

    ASSERT_TRUE(stats) << stats.error().message;
    EXPECT_EQ(stats->unknown_parameters, pairs->size() - expected.size());
    EXPECT_THAT(Flatten(*request), testing::UnorderedElementsAreArray(expected));
  }
}

}  // namespace
}  // namespace vk::eci
