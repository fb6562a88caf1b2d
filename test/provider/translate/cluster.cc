#include "test/provider/translate/cluster.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "test/provider/translate/golden.h"

namespace vk::translate {

NodeFacts TestNode() {
  NodeFacts node;
  node.identity.cluster_id = "c0ffee";
  node.identity.kube_system_uid = "11111111-2222-3333-4444-555555555555";
  node.identity.node_name = "virtual-kubelet";
  node.node_ip = "192.0.2.9";
  node.region = "cn-hangzhou";
  node.v_switch_ids = {"vsw-a", "vsw-b"};
  node.security_group_ids = {"sg-a"};
  node.cluster_dns = {"10.96.0.10"};
  node.cluster_domain = "cluster.local";
  return node;
}

void TestCluster::AddConfigMap(const std::string& text) {
  config_maps_.push_back(FromText<core::ConfigMap>(text));
  inputs_.config_maps[config_maps_.back().metadata().name()] = &config_maps_.back();
}

void TestCluster::AddSecret(const std::string& text) {
  secrets_.push_back(FromText<core::Secret>(text));
  inputs_.secrets[secrets_.back().metadata().name()] = &secrets_.back();
}

void TestCluster::AddService(const std::string& text) {
  services_.push_back(FromText<core::Service>(text));
  inputs_.services.push_back(&services_.back());
}

void TestCluster::AddClaim(const std::string& text) {
  claims_.push_back(FromText<core::PersistentVolumeClaim>(text));
  inputs_.claims[claims_.back().metadata().name()] = &claims_.back();
}

void TestCluster::AddVolume(const std::string& text) {
  volumes_.push_back(FromText<core::PersistentVolume>(text));
  inputs_.volumes[volumes_.back().metadata().name()] = &volumes_.back();
}

void TestCluster::AddBoundClaim(const std::string& name, const std::string& volume_spec) {
  AddClaim(fmt::format(R"(metadata {{ name: "{0}" namespace: "ns" uid: "uid-{0}" }}
                          spec {{ volumeName: "pv-{0}" }} status {{ phase: "Bound" }})",
                       name));
  AddVolume(fmt::format(R"(metadata {{ name: "pv-{0}" }}
                           spec {{ claimRef {{ namespace: "ns" name: "{0}" uid: "uid-{0}" }} {1} }})",
                        name, volume_spec));
}

void TestCluster::AddVolumeSecret(const std::string& text) {
  secrets_.push_back(FromText<core::Secret>(text));
  const auto& metadata = secrets_.back().metadata();
  inputs_.volume_secrets[{metadata.namespace_(), metadata.name()}] = &secrets_.back();
}

void TestCluster::GrantTokens(const core::Pod& pod) {
  for (const TokenReference& token : FindReferences(pod).tokens) {
    inputs_.tokens[token] = fmt::format("token-{}-{}-{}", token.service_account, token.audience,
                                        token.expiration_seconds);
  }
}

GroupPlan PlanOf(const core::Pod& pod, const PodInputs& inputs, const NodeFacts& node) {
  auto outcome = PodToGroup(pod, inputs, node);
  if (const auto* refusal = std::get_if<NotNow>(&outcome)) {
    ADD_FAILURE() << refusal->notice.reason << ": " << refusal->notice.message;
    return {};
  }
  return std::get<GroupPlan>(std::move(outcome));
}

NotNow RefusalOf(const core::Pod& pod, const PodInputs& inputs, const NodeFacts& node) {
  auto outcome = PodToGroup(pod, inputs, node);
  if (const auto* plan = std::get_if<GroupPlan>(&outcome)) {
    ADD_FAILURE() << "not refused: " << plan->request.ShortDebugString();
    return {NotNow::Kind::kInvalid, {.reason = "NotRefused", .message = ""}, {}};
  }
  return std::get<NotNow>(std::move(outcome));
}

core::Pod PodWith(const std::string& container, const std::string& spec,
                  const std::string& metadata) {
  return FromText<core::Pod>(fmt::format(
      R"(metadata {{ name: "p" namespace: "ns" uid: "abcdef01-0000-0000-0000-000000000000" {} }}
         spec {{ containers {{ name: "main" image: "app:1" {} }} enableServiceLinks: false {} }})",
      metadata, container, spec));
}

}  // namespace vk::translate
