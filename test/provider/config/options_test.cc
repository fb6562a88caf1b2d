#include "provider/config/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <sstream>

#include "provider/config/settings.h"

namespace vk::config {
namespace {

using testing::HasSubstr;
using testing::Not;

base::Result<std::string> ReadFile(const std::string& path) {
  if (path == "good.yaml") return "node-name: from-file\nzone: cn-hangzhou-h\n";
  if (path == "bad.yaml") return "nodename: typo\ncluster-dns: [10.0.0.1]\n";
  return std::unexpected(base::Error(base::ErrorCode::kNotFound, path + ": cannot be read"));
}

std::map<std::string, std::string> Environment() {
  return {{"ECI_REGION", "cn-hangzhou"},  {"ECI_VSWITCH", "vsw-1,vsw-2"},
          {"ECI_SECURITY_GROUP", "sg-1"}, {"ECI_ACCESS_KEY", "key"},
          {"ECI_SECRET_KEY", "hidden"},   {"NODE_IP", "192.0.2.1"}};
}

TEST(OptionsTest, DefaultsFillWhatIsNotSet) {
  const auto read = ReadInvocation({}, Environment(), ReadFile);

  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->options.node_name, "virtual-kubelet");
  EXPECT_EQ(read->options.kubelet_listen, ":10250");
  EXPECT_EQ(read->options.quota_cpu, "10000");
  EXPECT_EQ(read->options.v_switches, (std::vector<std::string>{"vsw-1", "vsw-2"}));
  EXPECT_EQ(read->options.cloud_read_share, 0.1);
}

TEST(OptionsTest, GpusAreAWholeNumberOrNone) {
  auto environment = Environment();
  environment["ECI_QUOTA_GPU"] = "16";

  EXPECT_EQ(ReadInvocation({}, environment, ReadFile)->options.quota_gpu, "16");
  EXPECT_EQ(ReadInvocation({}, Environment(), ReadFile)->options.quota_gpu, "");
  for (const char* wrong : {"-1", "1.5", "2k", "9999999999"}) {
    EXPECT_FALSE(ReadInvocation({"--quota-gpu", wrong}, Environment(), ReadFile)) << wrong;
  }
}

TEST(OptionsTest, FlagBeatsEnvironmentBeatsFile) {
  auto environment = Environment();
  const auto file = ReadInvocation({"--config", "good.yaml"}, environment, ReadFile);
  environment["NODE_NAME"] = "from-environment";
  const auto variable = ReadInvocation({"--config=good.yaml"}, environment, ReadFile);
  const auto flag =
      ReadInvocation({"--config", "good.yaml", "--node-name", "from-flag"}, environment, ReadFile);

  EXPECT_EQ(file->options.node_name, "from-file");
  EXPECT_EQ(variable->options.node_name, "from-environment");
  EXPECT_EQ(flag->options.node_name, "from-flag");
}

TEST(OptionsTest, EverythingThatIsWrongIsReportedAtOnceWithItsSource) {
  auto environment = Environment();
  environment.erase("ECI_REGION");
  environment["ECI_VSWITCH"] = "switch-1";

  const auto read =
      ReadInvocation({"--config", "bad.yaml", "--orphan-grace", "soon", "--kubeconfig", "absent"},
                     environment, ReadFile);

  ASSERT_FALSE(read);
  for (const char* part :
       {"ECI_REGION is not set", "ECI_VSWITCH: \"switch-1\"", "unknown key \"nodename\"",
        "cluster-dns must be a single value", "--orphan-grace: \"soon\"",
        "--kubeconfig or KUBECONFIG: absent: cannot be read"}) {
    EXPECT_THAT(read.error().message, HasSubstr(part));
  }
}

TEST(OptionsTest, MistypedFlagIsToldWithoutTheSettingsThatItMayHaveMeant) {
  const auto read = ReadInvocation({"--frobnicate", "--orphan-grace", "soon"}, {}, ReadFile);

  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message,
            "--frobnicate: unknown flag; see --help\n"
            "--orphan-grace: \"soon\" is not a number of seconds");
}

TEST(OptionsTest, EachRequiredSettingIsNamedWhenItIsMissing) {
  const auto read = ReadInvocation({}, {}, ReadFile);

  ASSERT_FALSE(read);
  for (const char* name : {"--node-ip", "ECI_REGION", "ECI_VSWITCH", "ECI_SECURITY_GROUP",
                           "ECI_ACCESS_KEY", "ECI_SECRET_KEY"}) {
    EXPECT_THAT(read.error().message, HasSubstr(name));
  }
}

TEST(OptionsTest, TokenOfAnIdentityProviderTakesTheAccessKeysPlace) {
  auto environment = Environment();
  environment.erase("ECI_ACCESS_KEY");
  environment.erase("ECI_SECRET_KEY");
  const std::vector<std::string> provider = {"--oidc-provider-arn", "acs:ram::1:oidc-provider/ack",
                                             "--oidc-token-file", "good.yaml"};

  std::vector<std::string> all = provider;
  all.insert(all.end(), {"--role-arn", "acs:ram::1:role/vk"});
  const auto read = ReadInvocation(all, environment, ReadFile);
  EXPECT_TRUE(read) << read.error().message;

  EXPECT_THAT(ReadInvocation(provider, environment, ReadFile).error().message,
              HasSubstr("needs the role"));
  EXPECT_THAT(
      ReadInvocation({"--oidc-token-file", "good.yaml"}, environment, ReadFile).error().message,
      HasSubstr("give both, or neither"));
}

// A setting that is read, documented and used nowhere looks as if it worked.
TEST(OptionsTest, EveryOptionIsUsedByTheProgram) {
  const auto text_of = [](const std::string& path) {
    std::ifstream file(path);
    EXPECT_TRUE(file) << path;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  };
  std::string header = text_of("provider/config/options.h");
  header = header.substr(header.find("struct Options {"));
  header = header.substr(0, header.find("\n};"));
  std::string program;
  for (const char* name : {"app", "check", "cloud_access", "status_server"})
    program += text_of(std::string("provider/app/") + name + ".cc");

  const std::regex member(R"(\n  [a-zA-Z:<>_, ]+ (\w+)( = |;|\{))");
  int found = 0;
  for (std::sregex_iterator next(header.begin(), header.end(), member), end; next != end; ++next) {
    ++found;
    const std::string name = (*next)[1];
    EXPECT_TRUE(std::regex_search(program, std::regex("options_?\\." + name + "\\b")))
        << "nothing of the program reads Options::" << name;
  }
  EXPECT_EQ(found, static_cast<int>(Settings().size()));
}

TEST(OptionsTest, MalformedIdsAndAddressesAreNamedWithTheirValue) {
  auto environment = Environment();
  environment["ECI_REGION"] = "Hangzhou";
  environment["ECI_SECURITY_GROUP"] = "sg-1,group-2";

  const auto read = ReadInvocation({"--kubelet-listen", "nowhere", "--eci-endpoint", "eci.example"},
                                   environment, ReadFile);

  ASSERT_FALSE(read);
  for (const char* part : {"ECI_REGION: \"Hangzhou\"", "ECI_SECURITY_GROUP: \"group-2\"",
                           "--kubelet-listen: \"nowhere\"", "--eci-endpoint: \"eci.example\""}) {
    EXPECT_THAT(read.error().message, HasSubstr(part));
  }
}

TEST(OptionsTest, AddressThatIsNoneIsRefusedWithWhatItIsFor) {
  auto environment = Environment();
  environment["NODE_IP"] = "nonsense";

  const auto read = ReadInvocation(
      {"--cluster-dns", "10.0.0.10,dns.example", "--pod-apiserver", "api.example:https",
       "--metrics-listen", "example.com:80", "--kubelet-listen", "0.0.0.0:80x", "--eci-endpoint",
       "http://eci.example/path", "--sts-endpoint", "http://:1"},
      environment, ReadFile);

  ASSERT_FALSE(read);
  for (const char* part :
       {"NODE_IP: \"nonsense\" is not an IP address; give the one at which the API server reaches "
        "--kubelet-listen",
        "--cluster-dns: \"dns.example\" is not an IP address",
        "--pod-apiserver: \"api.example:https", "--metrics-listen: \"example.com:80\"",
        "--kubelet-listen: \"0.0.0.0:80x\"", "--eci-endpoint: \"http://eci.example/path",
        "--sts-endpoint: \"http://:1\""}) {
    EXPECT_THAT(read.error().message, HasSubstr(part));
  }
}

TEST(OptionsTest, AddressOfAnyMachineIsNone) {
  for (const char* address : {"0.0.0.0", "::", "224.0.0.1"}) {
    EXPECT_FALSE(ReadInvocation({"--node-ip", address}, Environment(), ReadFile)) << address;
  }
}

TEST(OptionsTest, AddressesOfBothVersionsAreTaken) {
  const auto read = ReadInvocation(
      {"--node-ip", "2001:db8::1", "--cluster-dns", "10.0.0.10,fd00::a", "--kubelet-listen",
       "[::1]:0", "--metrics-listen", "localhost:80", "--pod-apiserver", "[fd00::1]:6443",
       "--eci-endpoint", "https://eci.example:8443/"},
      Environment(), ReadFile);

  EXPECT_TRUE(read) << read.error().message;
}

TEST(OptionsTest, SecretsAreNeverInAMessage) {
  auto environment = Environment();
  environment["ECI_REGION"] = "nowhere";

  const auto read = ReadInvocation({}, environment, ReadFile);

  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, Not(HasSubstr("hidden")));
}

TEST(OptionsTest, HelpNeedsNoSettingsAndListsThemAll) {
  const auto read = ReadInvocation({"--help"}, {}, ReadFile);

  ASSERT_TRUE(read);
  EXPECT_EQ(read->command, Command::kHelp);
  EXPECT_THAT(read->text, HasSubstr("--cloud-read-share"));
  EXPECT_THAT(read->text, HasSubstr("ECI_SECRET_KEY"));
}

TEST(OptionsTest, ReferencePageIsWhatTheProgramSays) {
  std::ifstream page("docs/reference/flags.md");
  std::ostringstream content;
  content << page.rdbuf();

  EXPECT_THAT(content.str(), HasSubstr(SettingsAsMarkdown()))
      << "put this table into docs/reference/flags.md";
}

}  // namespace
}  // namespace vk::config
