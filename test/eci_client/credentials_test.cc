#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eci_client/credentials/environment_credentials.h"

namespace vk::eci {
namespace {

using testing::HasSubstr;

TEST(EnvironmentCredentialsTest, ChartsVariablesComeFirst) {
  const auto credentials =
      CredentialsFromEnvironment({{"ECI_ACCESS_KEY", "id"},
                                  {"ECI_SECRET_KEY", "secret"},
                                  {"ALIBABA_CLOUD_ACCESS_KEY_ID", "other"},
                                  {"ALIBABA_CLOUD_ACCESS_KEY_SECRET", "other"},
                                  {"ALIBABA_CLOUD_SECURITY_TOKEN", "not of this pair"}});

  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->access_key_id, "id");
  EXPECT_EQ(credentials->access_key_secret.Reveal(), "secret");
  EXPECT_TRUE(credentials->security_token.empty());
}

TEST(EnvironmentCredentialsTest, SdksVariablesServeWithATokenToo) {
  const auto credentials =
      CredentialsFromEnvironment({{"ECI_ACCESS_KEY", ""},
                                  {"ALIBABA_CLOUD_ACCESS_KEY_ID", "id"},
                                  {"ALIBABA_CLOUD_ACCESS_KEY_SECRET", "secret"},
                                  {"ALIBABA_CLOUD_SECURITY_TOKEN", "token"}});

  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->security_token.Reveal(), "token");
}

TEST(EnvironmentCredentialsTest, HalfAPairIsAnErrorThatNamesTheRest) {
  const auto credentials =
      CredentialsFromEnvironment({{"ECI_ACCESS_KEY", "id"},
                                  {"ALIBABA_CLOUD_ACCESS_KEY_ID", "id"},
                                  {"ALIBABA_CLOUD_ACCESS_KEY_SECRET", "secret"}});

  ASSERT_FALSE(credentials);
  EXPECT_EQ(credentials.error().code, base::ErrorCode::kUnauthenticated);
  EXPECT_THAT(credentials.error().message, HasSubstr("ECI_SECRET_KEY is not"));
}

TEST(EnvironmentCredentialsTest, NothingSetSaysWhatToSet) {
  const auto credentials = CredentialsFromEnvironment({});

  ASSERT_FALSE(credentials);
  EXPECT_THAT(credentials.error().message, HasSubstr("set ECI_ACCESS_KEY and ECI_SECRET_KEY"));
}

}  // namespace
}  // namespace vk::eci
