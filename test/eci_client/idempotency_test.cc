#include "eci_client/idempotency.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "test/eci_client/api_files.h"

namespace vk::eci {
namespace {

// Every action that proto/ describes, with whether it takes a ClientToken.
std::map<std::string, bool> DescribedActions() {
  std::map<std::string, bool> actions;
  for (const auto* request : MessagesEndingIn(AllFiles(), "Request")) {
    const std::string& name = request->name();
    actions[name.substr(0, name.size() - std::string_view("Request").size())] =
        request->FindFieldByName("client_token") != nullptr;
  }
  return actions;
}

TEST(IdempotencyTest, TableHoldsEveryCallOnceInOrder) {
  const auto described = DescribedActions();
  std::set<std::string> expected;
  for (const auto& [action, token] : described) expected.insert(action);
  std::set<std::string> listed;
  for (const auto& entry : IdempotencyTable()) listed.insert(std::string(entry.action));

  EXPECT_EQ(listed, expected);
  EXPECT_EQ(listed.size(), IdempotencyTable().size());
  EXPECT_TRUE(std::ranges::is_sorted(IdempotencyTable(), {}, &ActionIdempotency::action));
}

TEST(IdempotencyTest, WhatNeedsATokenCanCarryOne) {
  const auto described = DescribedActions();
  for (const auto& [action, idempotency] : IdempotencyTable()) {
    if (idempotency != Idempotency::kWithToken) continue;
    const auto found = described.find(std::string(action));
    EXPECT_TRUE(found != described.end() && found->second) << action;
  }
}

TEST(IdempotencyTest, CreationRepeatsOnlyWithItsToken) {
  v1::CreateContainerGroupRequest request;
  EXPECT_FALSE(MayRepeat("CreateContainerGroup", request));
  request.set_client_token("t");
  EXPECT_TRUE(MayRepeat("CreateContainerGroup", request));
}

TEST(IdempotencyTest, CommandsAndUnknownActionsNeverRepeat) {
  const v1::CreateContainerGroupRequest request;
  EXPECT_FALSE(MayRepeat("ExecContainerCommand", request));
  EXPECT_FALSE(MayRepeat("DoSomethingNew", request));
  EXPECT_TRUE(MayRepeat("DescribeContainerGroups", request));
}

}  // namespace
}  // namespace vk::eci
