#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/proto_json/proto_json.h"
#include "proto/eci/v1/container_group.pb.h"
#include "proto/eci/v1/container_group_view.pb.h"
#include "proto/eci/v1/region.pb.h"
#include "test/base/proto_json/random_message.h"
#include "test/base/proto_json/sample.pb.h"

namespace vk::base {
namespace {

using google::protobuf::util::MessageDifferencer;

// What reads back from the JSON of a message made of `seed`, beside that message.
template <class Message>
std::pair<Message, Message> ThereAndBack(std::uint64_t seed, JsonNames names) {
  std::pair<Message, Message> messages;
  RandomMessage(seed).Fill(&messages.first);
  const auto json = ToJson(messages.first, names);
  RC_ASSERT(json.has_value());
  const auto stats = FromJson(*json, names, &messages.second);
  if (!stats) RC_FAIL(stats.error().message + " in " + *json);
  RC_ASSERT(stats->unknown_members == 0u);
  return messages;
}

RC_GTEST_PROP(ProtoJsonRoundTripTest, EciRepliesReadBackWithTheirPresence, (std::uint64_t seed)) {
  const auto [written, read] =
      ThereAndBack<eci::v1::DescribeContainerGroupsResponse>(seed, JsonNames::kEci);
  RC_ASSERT(MessageDifferencer::Equals(written, read));
}

RC_GTEST_PROP(ProtoJsonRoundTripTest, EciStatusesReadBackWithTheirPresence, (std::uint64_t seed)) {
  const auto [written, read] =
      ThereAndBack<eci::v1::DescribeContainerGroupStatusResponse>(seed, JsonNames::kEci);
  RC_ASSERT(MessageDifferencer::Equals(written, read));
}

RC_GTEST_PROP(ProtoJsonRoundTripTest, FloatsAndDoublesReadBackExactly, (std::uint64_t seed)) {
  const auto [price, read_price] =
      ThereAndBack<eci::v1::DescribeContainerGroupPriceResponse>(seed, JsonNames::kEci);
  RC_ASSERT(MessageDifferencer::Equals(price, read_price));
  const auto [usage, read_usage] = ThereAndBack<eci::v1::ListUsageResponse>(seed, JsonNames::kEci);
  RC_ASSERT(MessageDifferencer::Equals(usage, read_usage));
}

RC_GTEST_PROP(ProtoJsonRoundTripTest, KubernetesObjectsReadBackButForZeros, (std::uint64_t seed)) {
  const auto [written, read] = ThereAndBack<test::Pod>(seed, JsonNames::kKubernetes);
  RC_ASSERT(MessageDifferencer::Equivalent(written, read));
}

}  // namespace
}  // namespace vk::base
