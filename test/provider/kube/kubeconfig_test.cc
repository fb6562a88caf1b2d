#include "provider/kube/kubeconfig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "test/provider/kube/kube_fixture.h"

namespace vk::kube {
namespace {

using namespace std::chrono_literals;
using base::ErrorCode;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

// Answers what the test wrote into it.
class ScriptedRunner final : public CommandRunner {
 public:
  boost::asio::awaitable<base::Result<CommandResult>> Run(Command command,
                                                          base::TimePoint deadline) override {
    commands.push_back(std::move(command));
    if (hangs) {
      VK_CO_CHECK_OK(co_await clock->SleepUntil(deadline));
      co_return std::unexpected(base::Error(ErrorCode::kDeadlineExceeded, "no end in time"));
    }
    co_return answer;
  }

  std::vector<Command> commands;
  base::Result<CommandResult> answer = CommandResult{};
  bool hangs = false;
  base::Clock* clock = nullptr;
};

class KubeconfigTest : public KubeTest {
 protected:
  KubeconfigTest() { runner_.clock = &clock_; }

  base::Result<std::string> ReadFile(const std::string& path) {
    ++reads_[path];
    const auto file = files_.find(path);
    if (file != files_.end()) return file->second;
    return std::unexpected(base::Error(ErrorCode::kNotFound, path + ": no such file"));
  }
  base::Result<KubeAccess> Load(const std::string& text, const std::string& context = "") {
    files_["/etc/vk/config"] = text;
    return LoadKubeconfig("/etc/vk/config", context, parts_);
  }
  std::string Problem(const std::string& text) {
    const auto access = Load(text);
    return access ? "" : access.error().message;
  }
  std::string TokenOf(KubeAccess& access) {
    auto token = Await(access.tokens->Token(Soon()));
    return token ? token->Reveal() : "error: " + token.error().message;
  }

  // One cluster, one user with `user` as its content, one context.
  static std::string WithUser(const std::string& user, const std::string& cluster = "") {
    return "current-context: c\n"
           "contexts: [{name: c, context: {cluster: k, user: u}}]\n"
           "clusters: [{name: k, cluster: {server: 'https://10.0.0.1:6443'" +
           cluster + "}}]\nusers: [{name: u, user: {" + user + "}}]\n";
  }

  std::map<std::string, std::string> files_;
  std::map<std::string, int> reads_;
  ScriptedRunner runner_;
  KubeAccessParts parts_{.read = [this](const std::string& path) { return ReadFile(path); },
                         .clock = clock_,
                         .runner = runner_,
                         .executor = io_.get_executor(),
                         .environment = {"PATH=/bin"}};
};

TEST_F(KubeconfigTest, InlineCertificatesAndContextAreRead) {
  const auto access = Load(R"(
apiVersion: v1
kind: Config
current-context: b
contexts:
- name: a
  context: {cluster: missing, user: missing}
- name: b
  context: {cluster: k, user: u, namespace: team}
clusters:
- name: k
  cluster:
    server: https://10.0.0.1:6443
    certificate-authority-data: Q0E=
    tls-server-name: kubernetes
users:
- name: u
  user:
    client-certificate-data: Q0VSVA==
    client-key-data: S0VZ
)");

  ASSERT_TRUE(access) << access.error().message;
  EXPECT_EQ(access->server, "https://10.0.0.1:6443");
  EXPECT_EQ(access->ns, "team");
  EXPECT_EQ(access->tls.authorities_pem, "CA");
  EXPECT_EQ(access->tls.server_name, "kubernetes");
  EXPECT_EQ(access->tls.certificate_pem, "CERT");
  EXPECT_EQ(access->tls.private_key_pem.Reveal(), "KEY");
  EXPECT_TRUE(access->tls.verify_server);
}

TEST_F(KubeconfigTest, RelativePathsCountFromTheFilesFolder) {
  files_["/etc/vk/pki/ca.pem"] = "CA";
  files_["/abs/cert.pem"] = "CERT";
  files_["/etc/vk/key.pem"] = "KEY";

  const auto access = Load(WithUser("client-certificate: /abs/cert.pem, client-key: key.pem",
                                    ", certificate-authority: pki/ca.pem"));

  ASSERT_TRUE(access) << access.error().message;
  EXPECT_EQ(access->tls.authorities_pem, "CA");
  EXPECT_EQ(access->tls.certificate_pem, "CERT");
  EXPECT_EQ(access->tls.private_key_pem.Reveal(), "KEY");
}

TEST_F(KubeconfigTest, EveryProblemIsToldAtOnce) {
  const std::string problem = Problem(WithUser(
      "client-certificate: none.pem, password: x, as: admin",
      ", certificate-authority-data: '?', proxy-url: 'http://p', insecure-skip-tls-verify: maybe"));

  EXPECT_THAT(problem, HasSubstr("read kubeconfig /etc/vk/config: "));
  for (const char* part :
       {"clusters[k].cluster.certificate-authority-data: is not base64",
        "clusters[k].cluster.insecure-skip-tls-verify: must be true or false, not \"maybe\"",
        "clusters[k].cluster.proxy-url: is not supported",
        "users[u].user.client-certificate: /etc/vk/none.pem: no such file",
        "users[u].user.password: is not supported; use a client certificate",
        "users[u].user.as: impersonation is not supported"})
    EXPECT_THAT(problem, HasSubstr(part));
}

TEST_F(KubeconfigTest, MissingPartsAreNamed) {
  EXPECT_THAT(Problem("{}"), HasSubstr("current-context: is empty; set it"));
  EXPECT_THAT(Problem("current-context: x"), HasSubstr("contexts: has no \"x\""));
  EXPECT_THAT(
      Problem("current-context: c\ncontexts: [{name: c, context: {cluster: k, user: u}}]"),
      HasSubstr("clusters: has no \"k\"; add it, or choose another context; users: has no"));
}

TEST_F(KubeconfigTest, WhatIsNoYamlIsToldWithItsLine) {
  EXPECT_THAT(Problem("a: b\n c: ]["), HasSubstr("line 2"));
  EXPECT_THAT(Problem("just text"), HasSubstr("is no kubeconfig"));
}

TEST_F(KubeconfigTest, AbsentFileIsToldWithARemedy) {
  const auto access = LoadKubeconfig("/none", "", parts_);

  EXPECT_EQ(access.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(access.error().message, HasSubstr("name a kubeconfig that this user may read"));
}

TEST_F(KubeconfigTest, NamedContextWinsOverTheCurrentOne) {
  auto access = Load(WithUser("token: t") + "preferences: {}\n", "other");
  EXPECT_THAT(access.error().message, HasSubstr("contexts: has no \"other\""));
}

TEST_F(KubeconfigTest, TokenFileWinsOverTokenAndIsReadEveryMinute) {
  files_["/run/token"] = "first\n";
  auto access = Load(WithUser("token: t, tokenFile: /run/token"));
  ASSERT_TRUE(access) << access.error().message;

  EXPECT_EQ(TokenOf(*access), "first");
  files_["/run/token"] = "second\n";
  EXPECT_EQ(TokenOf(*access), "first");
  clock_.Advance(60s);
  EXPECT_EQ(TokenOf(*access), "second");
  files_.erase("/run/token");
  clock_.Advance(60s);
  EXPECT_EQ(TokenOf(*access), "second");
}

TEST_F(KubeconfigTest, RefusedTokenIsReadAgainAtOnce) {
  files_["/run/token"] = "first";
  auto access = Load(WithUser("tokenFile: /run/token"));
  EXPECT_EQ(TokenOf(*access), "first");
  files_["/run/token"] = "second";

  access->tokens->Rejected();

  EXPECT_EQ(TokenOf(*access), "second");
}

TEST_F(KubeconfigTest, TokenInTheFileItselfIsReadAgain) {
  auto access = Load(WithUser("token: first"));
  ASSERT_TRUE(access) << access.error().message;
  EXPECT_EQ(TokenOf(*access), "first");

  files_["/etc/vk/config"] = WithUser("token: second");
  clock_.Advance(60s);
  EXPECT_EQ(TokenOf(*access), "second");

  files_["/etc/vk/config"] = "current-context: [half written";
  access->tokens->Rejected();
  EXPECT_EQ(TokenOf(*access), "second");
}

TEST_F(KubeconfigTest, EmptyTokenFileIsToldWithARemedy) {
  files_["/run/token"] = "\n";
  auto access = Load(WithUser("tokenFile: /run/token"));

  EXPECT_THAT(TokenOf(*access), HasSubstr("/run/token: the file is empty; put a bearer token"));
}

constexpr char kExec[] =
    "exec: {apiVersion: client.authentication.k8s.io/v1, command: login, args: [--for, vk],"
    " env: [{name: REGION, value: x}], installHint: see the manual, provideClusterInfo: true}";

std::string Credential(const std::string& token, const std::string& expires = "") {
  return R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":")" +
         token + "\"" + (expires.empty() ? "" : R"(,"expirationTimestamp":")" + expires + "\"") +
         "}}";
}

TEST_F(KubeconfigTest, PluginIsRunAsTheFileSays) {
  auto access = Load(WithUser(kExec));
  ASSERT_TRUE(access) << access.error().message;
  runner_.answer = CommandResult{.output = Credential("abc")};

  EXPECT_EQ(TokenOf(*access), "abc");

  ASSERT_THAT(runner_.commands, SizeIs(1));
  EXPECT_EQ(runner_.commands[0].program, "login");
  EXPECT_THAT(runner_.commands[0].args, ElementsAre("--for", "vk"));
  EXPECT_THAT(runner_.commands[0].environment, Contains("PATH=/bin"));
  EXPECT_THAT(runner_.commands[0].environment, Contains("REGION=x"));
  EXPECT_THAT(
      runner_.commands[0].environment,
      Contains(
          R"(KUBERNETES_EXEC_INFO={"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",)"
          R"("spec":{"cluster":{"server":"https://10.0.0.1:6443"},"interactive":false}})"));
}

TEST_F(KubeconfigTest, TokenOfAPluginIsKeptUntilItExpires) {
  auto access = Load(WithUser(kExec));
  // The manual clock begins at 2019-11-16T10:26:40Z.
  runner_.answer = CommandResult{.output = Credential("one", "2019-11-16T10:36:40Z")};
  EXPECT_EQ(TokenOf(*access), "one");
  clock_.Advance(9min);
  EXPECT_EQ(TokenOf(*access), "one");
  EXPECT_THAT(runner_.commands, SizeIs(1));

  runner_.answer = CommandResult{.output = Credential("two")};
  clock_.Advance(51s);

  EXPECT_EQ(TokenOf(*access), "two");
}

TEST_F(KubeconfigTest, TokenThatExpiresInTheYear9999IsKept) {
  auto access = Load(WithUser(kExec));
  runner_.answer = CommandResult{.output = Credential("one", "9999-12-31T23:59:59Z")};
  EXPECT_EQ(TokenOf(*access), "one");
  EXPECT_EQ(TokenOf(*access), "one");

  EXPECT_THAT(runner_.commands, SizeIs(1));
}

TEST_F(KubeconfigTest, CallersThatComeTogetherRunThePluginOnce) {
  auto access = Load(WithUser(kExec));
  runner_.answer = CommandResult{.output = Credential("abc")};
  std::optional<base::Result<base::SecretString>> first;
  std::optional<base::Result<base::SecretString>> second;
  tasks_.Spawn("first", Keep(access->tokens->Token(Soon()), &first));
  tasks_.Spawn("second", Keep(access->tokens->Token(Soon()), &second));
  clock_.Advance(0s);

  ASSERT_TRUE(first && second);
  EXPECT_EQ((*second)->Reveal(), "abc");
  EXPECT_THAT(runner_.commands, SizeIs(1));
}

TEST_F(KubeconfigTest, PluginThatHangsEndsWithTheCall) {
  auto access = Load(WithUser(kExec));
  runner_.hangs = true;

  EXPECT_THAT(TokenOf(*access), HasSubstr("no end in time"));
  EXPECT_EQ(Elapsed(), 10s);

  runner_.hangs = false;
  runner_.answer = CommandResult{.output = Credential("abc")};
  EXPECT_EQ(TokenOf(*access), "abc");
}

TEST_F(KubeconfigTest, FailuresOfAPluginAreExplained) {
  auto access = Load(WithUser(kExec));
  runner_.answer = std::unexpected(base::Error(ErrorCode::kNotFound, "no such file"));
  EXPECT_THAT(TokenOf(*access), HasSubstr("plugin login: not found; see the manual"));
  runner_.answer = CommandResult{.exit_code = 3, .output = {}};
  EXPECT_THAT(TokenOf(*access), HasSubstr("ended with code 3"));
  runner_.answer = CommandResult{.output = "Please log in"};
  EXPECT_THAT(TokenOf(*access), HasSubstr("is no ExecCredential"));
  runner_.answer = CommandResult{.output = R"({"apiVersion":"v9"})"};
  EXPECT_THAT(TokenOf(*access), HasSubstr("version \"v9\""));
  runner_.answer = CommandResult{.output = Credential("")};
  EXPECT_THAT(TokenOf(*access), HasSubstr("it gives no token"));
}

TEST_F(KubeconfigTest, PodReadsItsServiceAccount) {
  const std::string folder = "/var/run/secrets/kubernetes.io/serviceaccount";
  files_[folder + "/token"] = "pod-token";
  files_[folder + "/ca.crt"] = "CA";
  files_[folder + "/namespace"] = "kube-system";

  auto access = LoadInCluster({.host = "fd00::1", .port = "443"}, parts_);

  ASSERT_TRUE(access) << access.error().message;
  EXPECT_EQ(access->server, "https://[fd00::1]:443");
  EXPECT_EQ(access->ns, "kube-system");
  EXPECT_EQ(access->tls.authorities_pem, "CA");
  EXPECT_EQ(TokenOf(*access), "pod-token");
}

TEST_F(KubeconfigTest, OutsideAPodEveryMissingPartIsNamed) {
  const auto access = LoadInCluster({.host = "", .port = ""}, parts_);

  EXPECT_EQ(
      access.error().message,
      "no kubeconfig is named by --kubeconfig or KUBECONFIG, and this is no pod with a service "
      "account: KUBERNETES_SERVICE_HOST is empty; KUBERNETES_SERVICE_PORT is empty; "
      "/var/run/secrets/kubernetes.io/serviceaccount/token: no such file; "
      "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt: no such file");
}

}  // namespace
}  // namespace vk::kube
