#include "provider/translate/dns.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/provider/translate/cluster.h"

namespace vk::translate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> Options(const eci::v1::DnsConfig& config) {
  std::vector<std::string> options;
  for (const auto& option : config.option()) {
    options.push_back(option.has_value() ? option.name() + ":" + option.value() : option.name());
  }
  return options;
}

class ClusterDnsTest : public testing::TestWithParam<const char*> {};

TEST_P(ClusterDnsTest, PolicyAsksTheClustersServers) {
  const auto request = PlanOf(PodWith("", fmt::format("dnsPolicy: \"{}\"", GetParam()))).request;

  EXPECT_EQ(request.dns_policy(), "None");
  EXPECT_THAT(request.dns_config().name_server(), ElementsAre("10.96.0.10"));
  EXPECT_THAT(request.dns_config().search(),
              ElementsAre("ns.svc.cluster.local", "svc.cluster.local", "cluster.local"));
  EXPECT_THAT(Options(request.dns_config()), ElementsAre("ndots:5"));
}

INSTANTIATE_TEST_SUITE_P(Policies, ClusterDnsTest,
                         testing::Values("", "ClusterFirst", "ClusterFirstWithHostNet"));

TEST(DnsTest, WithoutClusterDnsThePlatformsIsTakenAndTold) {
  NodeFacts node = TestNode();
  node.cluster_dns.clear();

  const GroupPlan plan = PlanOf(PodWith("", "dnsPolicy: \"ClusterFirst\""), {}, node);

  EXPECT_EQ(plan.request.dns_policy(), "Default");
  EXPECT_FALSE(plan.request.has_dns_config());
  ASSERT_EQ(plan.notices.size(), 1u);
  EXPECT_EQ(plan.notices[0].reason, "MissingClusterDNS");
}

TEST(DnsTest, WithNamesInTheVpcThePlatformIsAskedForThem) {
  NodeFacts node = TestNode();
  node.cluster_dns.clear();
  node.private_zone = true;
  node.identity.cluster_id = "C1";

  const GroupPlan plan = PlanOf(PodWith("", "dnsPolicy: \"ClusterFirst\""), {}, node);

  EXPECT_EQ(plan.request.dns_policy(), "Default");
  EXPECT_THAT(plan.request.dns_config().name_server(), IsEmpty());
  EXPECT_THAT(
      plan.request.dns_config().search(),
      ElementsAre("ns.svc.cluster.local.c1", "svc.cluster.local.c1", "cluster.local.c1", "c1"));
  EXPECT_THAT(Options(plan.request.dns_config()), ElementsAre("ndots:5"));
  EXPECT_THAT(plan.notices, IsEmpty());
}

TEST(DnsTest, WithoutClusterDomainThereAreNoSearches) {
  NodeFacts node = TestNode();
  node.cluster_domain.clear();

  EXPECT_THAT(PlanOf(PodWith(""), {}, node).request.dns_config().search(), IsEmpty());
}

TEST(DnsTest, DefaultIsLeftToThePlatform) {
  const GroupPlan plan = PlanOf(PodWith("", "dnsPolicy: \"Default\""));

  EXPECT_EQ(plan.request.dns_policy(), "Default");
  EXPECT_FALSE(plan.request.has_dns_config());
  EXPECT_THAT(plan.notices, IsEmpty());
}

TEST(DnsTest, OwnConfigurationIsAddedAndBeatsOptions) {
  const auto request = PlanOf(PodWith("", R"(dnsConfig {
      nameservers: ["1.1.1.1", "10.96.0.10"] searches: ["svc.cluster.local", "example.org"]
      options { name: "ndots" value: "2" } options { name: "edns0" } })"))
                           .request;

  EXPECT_THAT(request.dns_config().name_server(), ElementsAre("10.96.0.10", "1.1.1.1"));
  EXPECT_THAT(
      request.dns_config().search(),
      ElementsAre("ns.svc.cluster.local", "svc.cluster.local", "cluster.local", "example.org"));
  EXPECT_THAT(Options(request.dns_config()), ElementsAre("ndots:2", "edns0"));
}

TEST(DnsTest, NoneIsTheOwnConfigurationAlone) {
  const auto request =
      PlanOf(PodWith("", R"(dnsPolicy: "None" dnsConfig { nameservers: "1.1.1.1" })")).request;

  EXPECT_EQ(request.dns_policy(), "None");
  EXPECT_THAT(request.dns_config().name_server(), ElementsAre("1.1.1.1"));
  EXPECT_THAT(request.dns_config().search(), IsEmpty());
  EXPECT_THAT(Options(request.dns_config()), IsEmpty());
}

TEST(DnsTest, WhatExceedsTheKubeletsLimitsIsToldAndLeftOut) {
  const std::string long_search(254, 'x');
  const GroupPlan plan = PlanOf(PodWith("", fmt::format(R"(dnsPolicy: "None" dnsConfig {{
      nameservers: ["1.1.1.1", "2.2.2.2", "3.3.3.3", "4.4.4.4"] searches: ["{}", "ok"] }})",
                                                        long_search)));

  EXPECT_EQ(plan.request.dns_config().name_server_size(), 3);
  EXPECT_THAT(plan.request.dns_config().search(), ElementsAre("ok"));
  ASSERT_EQ(plan.notices.size(), 2u);
  EXPECT_EQ(plan.notices[0].reason, "DNSConfigForming");
  EXPECT_THAT(plan.notices[0].message, HasSubstr("1.1.1.1 2.2.2.2 3.3.3.3"));
}

TEST(HostNameTest, MostExplicitNameWinsAndIsCut) {
  core::Pod pod;
  pod.mutable_metadata()->set_name("pod");
  EXPECT_EQ(HostName(pod), "pod");
  pod.mutable_spec()->set_hostname("host");
  EXPECT_EQ(HostName(pod), "host");
  pod.mutable_spec()->set_hostnameoverride("other");
  EXPECT_EQ(HostName(pod), "other");

  core::Pod long_name;
  long_name.mutable_metadata()->set_name(std::string(62, 'a') + "-b");
  EXPECT_EQ(HostName(long_name), std::string(62, 'a'));
}

}  // namespace
}  // namespace vk::translate
