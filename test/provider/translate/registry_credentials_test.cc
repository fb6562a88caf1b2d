#include "provider/translate/registry_credentials.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/provider/translate/cluster.h"

namespace vk::translate {
namespace {

using testing::HasSubstr;

class RegistryCredentialsTest : public testing::Test {
 protected:
  void AddSecret(const std::string& name, const std::string& key, const std::string& json) {
    cluster_.AddSecret(fmt::format(R"(metadata {{ name: "{}" }} data {{ key: "{}" value: '{}' }})",
                                   name, key, json));
  }
  GroupPlan Plan(const std::string& secrets) {
    return PlanOf(PodWith("", secrets), cluster_.Inputs());
  }

  TestCluster cluster_;
};

TEST_F(RegistryCredentialsTest, ServerLosesSchemeAndPath) {
  AddSecret("s", ".dockerconfigjson",
            R"({"auths":{"https://index.docker.io/v1/":{"username":"u","password":"p"},)"
            R"("r.example:5000/team":{"username":"v","password":"q"}}})");

  const GroupPlan plan = Plan(R"(imagePullSecrets { name: "s" })");

  ASSERT_EQ(plan.request.image_registry_credential_size(), 2);
  EXPECT_EQ(plan.request.image_registry_credential(0).server(), "index.docker.io");
  EXPECT_EQ(plan.request.image_registry_credential(1).server(), "r.example:5000");
  EXPECT_EQ(plan.request.image_registry_credential(1).user_name(), "v");
}

TEST_F(RegistryCredentialsTest, AuthBeatsNameAndPassword) {
  AddSecret("s", ".dockerconfigjson",
            R"({"auths":{"r":{"username":"old","password":"old","auth":"dTpwOnE="}}})");

  const GroupPlan plan = Plan(R"(imagePullSecrets { name: "s" })");

  EXPECT_EQ(plan.request.image_registry_credential(0).user_name(), "u");
  EXPECT_EQ(plan.request.image_registry_credential(0).password(), "p:q");
}

TEST_F(RegistryCredentialsTest, OldFormIsTheInnerObject) {
  AddSecret("s", ".dockercfg", R"({"r":{"username":"u","password":"p"}})");

  EXPECT_EQ(Plan(R"(imagePullSecrets { name: "s" })").request.image_registry_credential_size(), 1);
}

TEST_F(RegistryCredentialsTest, FirstSecretOfAServerWins) {
  AddSecret("a", ".dockerconfigjson", R"({"auths":{"r":{"username":"first","password":"p"}}})");
  AddSecret("b", ".dockerconfigjson", R"({"auths":{"r":{"username":"last","password":"p"}}})");

  const GroupPlan plan = Plan(R"(imagePullSecrets { name: "a" } imagePullSecrets { name: "b" })");

  ASSERT_EQ(plan.request.image_registry_credential_size(), 1);
  EXPECT_EQ(plan.request.image_registry_credential(0).user_name(), "first");
}

TEST_F(RegistryCredentialsTest, MissingAndUnreadableSecretsAreToldWithoutTheirContents) {
  AddSecret("bad", ".dockerconfigjson", "hunter2");

  const GroupPlan plan =
      Plan(R"(imagePullSecrets { name: "bad" } imagePullSecrets { name: "none" })");

  ASSERT_EQ(plan.notices.size(), 2u);
  EXPECT_EQ(plan.notices[0].reason, "FailedToRetrieveImagePullSecret");
  EXPECT_THAT(plan.notices[0].message, testing::Not(HasSubstr("hunter2")));
  EXPECT_THAT(plan.notices[1].message, HasSubstr("none does not exist"));
}

}  // namespace
}  // namespace vk::translate
