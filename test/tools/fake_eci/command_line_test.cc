#include <gmock/gmock.h>

#include <vector>

#include "base/version.h"
#include "tools/fake_eci/server_options.h"

namespace vk::fake {
namespace {

using testing::HasSubstr;

CommandLine Parse(std::vector<const char*> flags) {
  flags.insert(flags.begin(), "fake-eci");
  return ParseCommandLine(static_cast<int>(flags.size()), flags.data());
}

TEST(CommandLineTest, DefaultsNeedNoFlag) {
  const CommandLine line = Parse({});

  ASSERT_EQ(line.kind, CommandLine::Kind::kRun) << line.text;
  EXPECT_EQ(line.options.listen, "127.0.0.1:18080");
  ASSERT_EQ(line.options.keys.size(), 1u);
  EXPECT_EQ(line.options.keys[0].id, "test-key");
  EXPECT_EQ(line.options.cloud.latency.name, "instant");
}

TEST(CommandLineTest, CredentialsRepeatAndMayCarryAToken) {
  const CommandLine line = Parse({"--credentials", "a:b", "--credentials", "c:d:e"});

  ASSERT_EQ(line.options.keys.size(), 2u);
  EXPECT_EQ(line.options.keys[1].id, "c");
  EXPECT_EQ(line.options.keys[1].secret.Reveal(), "d");
  EXPECT_EQ(line.options.keys[1].token.Reveal(), "e");
}

TEST(CommandLineTest, EveryProblemIsSaidAtOnce) {
  const CommandLine line = Parse({"--listen", "nowhere", "--limits", "none", "--runtime", "docker",
                                  "--credentials", "half", "--profile", "absent.yaml", "--tls-cert",
                                  "cert.pem", "--log-level", "loud", "--dns-listen", "53"});

  EXPECT_EQ(line.kind, CommandLine::Kind::kError);
  for (const char* flag : {"--listen", "--limits", "--runtime", "--credentials", "--profile",
                           "--tls-cert", "--log-level", "--dns-listen"}) {
    EXPECT_THAT(line.text, HasSubstr(flag));
  }
}

TEST(CommandLineTest, HttpsNeedsACertificateOrAPlaceForItsOwn) {
  const CommandLine neither = Parse({"--tls-listen", "127.0.0.1:0"});
  const CommandLine half = Parse({"--tls-listen", "127.0.0.1:0", "--tls-cert", "cert.pem"});
  const CommandLine own = Parse({"--tls-listen", "127.0.0.1:0", "--tls-ca-out", "ca.pem"});

  EXPECT_THAT(neither.text, HasSubstr("--tls-ca-out"));
  EXPECT_THAT(half.text, HasSubstr("--tls-key"));
  ASSERT_EQ(own.kind, CommandLine::Kind::kRun) << own.text;
  EXPECT_EQ(own.options.tls->listen, "127.0.0.1:0");
  EXPECT_EQ(own.options.tls->authority_file, "ca.pem");
}

TEST(CommandLineTest, UnknownFlagIsAnError) {
  EXPECT_EQ(Parse({"--colour"}).kind, CommandLine::Kind::kError);
}

TEST(CommandLineTest, VersionIsToldWithTheProgramsName) {
  const CommandLine line = Parse({"--version"});

  EXPECT_EQ(line.kind, CommandLine::Kind::kHelp);
  EXPECT_EQ(line.text, std::string("fake-eci ") + base::kVersion + "\n");
}

TEST(CommandLineTest, HelpListsEveryFlag) {
  const CommandLine line = Parse({"--help"});

  EXPECT_EQ(line.kind, CommandLine::Kind::kHelp);
  EXPECT_THAT(line.text, HasSubstr("--control-listen"));
}

}  // namespace
}  // namespace vk::fake
