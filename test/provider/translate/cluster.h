#pragma once

#include <deque>
#include <string>

#include "provider/translate/pod_to_group.h"

namespace vk::translate {

namespace core = k8s::io::api::core::v1;

// A node in the cluster of these tests.
NodeFacts TestNode();

// What pods may name. Owns the objects that Inputs() points to.
class TestCluster {
 public:
  void AddConfigMap(const std::string& text);
  void AddSecret(const std::string& text);
  void AddService(const std::string& text);
  void AddClaim(const std::string& text);
  void AddVolume(const std::string& text);
  // A claim of this name, bound to a volume with this spec, "pv-<name>".
  void AddBoundClaim(const std::string& name, const std::string& volume_spec);
  void AddVolumeSecret(const std::string& text);
  // Grants every token that `pod` asks for: "token-<service account>-<audience>-<seconds>".
  void GrantTokens(const core::Pod& pod);

  const PodInputs& Inputs() const { return inputs_; }

 private:
  std::deque<core::ConfigMap> config_maps_;
  std::deque<core::Secret> secrets_;
  std::deque<core::Service> services_;
  std::deque<core::PersistentVolumeClaim> claims_;
  std::deque<core::PersistentVolume> volumes_;
  PodInputs inputs_;
};

// The plan for `pod`; a refusal fails the test.
GroupPlan PlanOf(const core::Pod& pod, const PodInputs& inputs = {},
                 const NodeFacts& node = TestNode());

// Why `pod` is not run; a plan fails the test.
NotNow RefusalOf(const core::Pod& pod, const PodInputs& inputs = {},
                 const NodeFacts& node = TestNode());

// A pod with one container "main", with the text protobuf `container` and `spec` added, and
// `metadata` before.
core::Pod PodWith(const std::string& container, const std::string& spec = "",
                  const std::string& metadata = "");

}  // namespace vk::translate
