#include "eci_client/redaction.h"

#include <gtest/gtest.h>

namespace vk::eci {
namespace {

TEST(RedactionTest, NamesIdsAndSizesMayBeShown) {
  for (const std::string_view name :
       {"RegionId", "ContainerGroupName", "Container.1.Image", "Container.1.Name",
        "Container.2.EnvironmentVar.3.Key", "Tag.1.Value", "ResourceId.1",
        "ImageRegistryCredential.1.Server", "AcrRegistryInfo.1.Domain.2"}) {
    EXPECT_TRUE(IsPublicParameter(name)) << name;
  }
}

TEST(RedactionTest, WhatCanHoldASecretMayNot) {
  for (const std::string_view name :
       {"Container.1.EnvironmentVar.1.Value", "Container.1.Arg.1", "InitContainer.1.Command.2",
        "ImageRegistryCredential.1.Password",
        "Volume.1.ConfigFileVolume.ConfigFileToPath.1.Content", "Volume.1.FlexVolume.Options",
        "DataSource.Options.akSecret", "KubeConfig", "OIDCToken", "SecurityToken",
        "AccessKeySecret", "Command", "SomethingNew", "", "1"}) {
    EXPECT_FALSE(IsPublicParameter(name)) << name;
  }
}

TEST(RedactionTest, SecretsDisappearAsTheyAreAndEncoded) {
  const QueryPairs parameters = {{"ImageRegistryCredential.1.Password", "p@ss word"},
                                 {"Container.1.EnvironmentVar.1.Value", "p@ss word longer"},
                                 {"Container.1.Image", "nginx:1.7"}};

  EXPECT_EQ(
      WithoutSecrets("no p@ss word longer, p%40ss%20word or p@ss word in nginx:1.7", parameters),
      "no [secret], [secret] or [secret] in nginx:1.7");
}

TEST(RedactionTest, KeyInTheOptionsOfAVolumeDisappearsAndItsPlaceDoesNot) {
  const QueryPairs parameters = {
      {"Volume.1.FlexVolume.Options", R"({"akSecret":"hush-hush","bucket":"pictures"})"}};

  EXPECT_EQ(WithoutSecrets("hush-hush is no key of pictures", parameters),
            "[secret] is no key of pictures");
}

TEST(RedactionTest, ShortValuesDoNotTakeWordsApart) {
  EXPECT_EQ(WithoutSecrets("a container", {{"Container.1.EnvironmentVar.1.Value", "a"}}),
            "a container");
}

}  // namespace
}  // namespace vk::eci
