#include "provider/agent/input_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "proto/kubernetes/core/v1/service.pb.h"
#include "provider/kube/object_bytes.h"
#include "test/provider/agent/pods.h"
#include "test/provider/kube/kube_fixture.h"

namespace vk::agent {
namespace {

using testing::ElementsAre;

std::string ServiceBytes(const std::string& name) {
  k8s::io::api::core::v1::Service service;
  service.mutable_metadata()->set_namespace_("default");
  service.mutable_metadata()->set_name(name);
  return kube::ToBytes(service);
}

class InputSourceTest : public kube::KubeTest {
 protected:
  InputSourceTest() {
    inputs_.BeginServices();
    inputs_.UpsertService(ServiceBytes("a"));
    inputs_.UpsertService(ServiceBytes("b"));
    inputs_.EndServices(true);
  }

  std::vector<std::string> Services() {
    const auto fetched =
        Await(inputs_.Fetch(*MakePodSnapshot(PodBytes({})), {}, clock_.Now())).value();
    std::vector<std::string> names;
    for (const auto* const service : fetched.inputs.services) {
      names.push_back(service->metadata().name());
    }
    return names;
  }

  InputSource inputs_{api_, clock_, log_, tasks_, io_.get_executor()};
};

TEST_F(InputSourceTest, ServiceThatACompleteListDoesNotNameIsGone) {
  inputs_.BeginServices();
  inputs_.UpsertService(ServiceBytes("b"));
  inputs_.EndServices(true);

  EXPECT_THAT(Services(), ElementsAre("b"));
}

TEST_F(InputSourceTest, IncompleteListDropsNoService) {
  inputs_.BeginServices();
  inputs_.UpsertService(ServiceBytes("b"));
  inputs_.EndServices(false);

  EXPECT_THAT(Services(), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace vk::agent
