#include "tools/fake_eci/engine/network.h"

#include <gtest/gtest.h>

#include <set>

namespace vk::fake {
namespace {

TEST(NetworkTest, AddressesOfARealNetworkStayInItAndMissTheGateway) {
  const auto plan = PlanFor("172.30.0.0/16");
  ASSERT_TRUE(plan);
  Network network("cn-hangzhou", {}, *plan);
  std::set<std::string> given;
  for (int i = 0; i < plan->vswitches; ++i) {
    const auto vswitch = network.Find("cn-hangzhou", "vsw-" + std::to_string(i), "");
    ASSERT_TRUE(vswitch);
    for (int host = 0; host < plan->most_addresses; ++host) {
      const auto address = network.Take(**vswitch);
      ASSERT_TRUE(address);
      EXPECT_TRUE(address->starts_with("172.30.")) << *address;
      EXPECT_TRUE(given.insert(*address).second) << *address;
    }
    EXPECT_FALSE(network.Take(**vswitch));
  }
  EXPECT_FALSE(given.contains("172.30.255.254"));
}

TEST(NetworkTest, ReleasedAddressIsGivenAgain) {
  Network network("cn-hangzhou", {}, *PlanFor("172.30.0.0/16"));
  network.Add({.id = "vsw-1", .vpc_id = "vpc-1", .zone = "cn-hangzhou-h", .addresses = 300});
  const auto vswitch = network.Find("cn-hangzhou", "vsw-1", "");
  ASSERT_TRUE(vswitch);
  std::string last;
  for (int i = 0; i < 300; ++i) last = *network.Take(**vswitch);
  ASSERT_FALSE(network.Take(**vswitch));

  network.Release("vsw-1", last);

  EXPECT_EQ(network.Take(**vswitch), last);
}

TEST(NetworkTest, OtherNetworksThanOf16BitsAreRefused) {
  for (const char* text :
       {"", "172.30.0.0", "172.30.0.0/24", "172.30.1.0/16", "172.300.0.0/16", "a.b.0.0/16"}) {
    EXPECT_FALSE(PlanFor(text)) << text;
  }
}

}  // namespace
}  // namespace vk::fake
