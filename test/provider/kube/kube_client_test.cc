// KubeClient against TLS servers on loopback whose files are replaced under it.

#include "provider/kube/kube_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "provider/kube/envelope.h"
#include "test/base/http/http_fixture.h"

namespace vk::kube {
namespace {

using namespace std::chrono_literals;
using base::ErrorCode;
using base::HttpPeer;
using base::HttpRequest;
using base::HttpResponder;
using base::SelfSignedCertificate;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class WarningLog final : public base::Log {
 public:
  void Write(base::LogLevel level, std::string_view, std::initializer_list<Field> fields) override {
    if (level != base::LogLevel::kWarning) return;
    for (const Field& field : fields)
      if (field.first == "error") warnings.push_back(field.second);
  }
  std::vector<std::string> warnings;
};

class NoRunner final : public CommandRunner {
 public:
  boost::asio::awaitable<base::Result<CommandResult>> Run(Command, base::TimePoint) override {
    co_return std::unexpected(base::Error(ErrorCode::kInternal, "no command is run here"));
  }
};

class KubeClientTest : public base::HttpTest {
 protected:
  SelfSignedCertificate Certificate(const std::string& name) {
    return base::MakeSelfSignedCertificate({.common_name = name, .ip_addresses = {"127.0.0.1"}},
                                           clock_.WallNow() - 1h)
        .value();
  }

  // A server that shows `own` from its next handshake on and knows the clients of `known_`.
  void Present(const SelfSignedCertificate& own) {
    std::string clients;
    for (const SelfSignedCertificate& client : known_) clients += client.certificate_pem;
    shown_ = base::MakeTlsServerContext({.certificate_pem = own.certificate_pem,
                                         .private_key_pem = own.private_key_pem,
                                         .client_authorities_pem = clients})
                 .value();
    if (server_) return;
    base::HttpServerOptions options;
    options.present_tls = [this] { return shown_; };
    Serve([this](const HttpRequest& request, const HttpPeer& peer,
                 HttpResponder& responder) { return Answer(request, peer, responder); },
          options);
  }

  boost::asio::awaitable<void> Answer(const HttpRequest& request, const HttpPeer& peer,
                                      HttpResponder& responder) {
    peer_ = peer;
    token_ = std::string(base::FindHeader(request.headers, "authorization"));
    if (request.target.find("/configmaps/") != std::string::npos && slow_) {
      ++waiting_;
      (void)co_await clock_.SleepUntil(clock_.Now() + 1h);
      co_return;
    }
    if (token_ == "Bearer expired") {
      (void)co_await responder.Reply({.status = 401});
      co_return;
    }
    (void)co_await responder.Reply(
        {.status = 200,
         .headers = {{"Content-Type", std::string(kProtobufContentType)}},
         .body = Wrap({.api_version = "v1", .kind = "Any", .object = {}})});
  }

  base::Result<std::string> ReadFile(const std::string& path) const {
    const auto file = files_.find(path);
    if (file != files_.end()) return file->second;
    return std::unexpected(base::Error(ErrorCode::kNotFound, path + ": no such file"));
  }

  void Write(const SelfSignedCertificate& client) {
    files_["/pki/client.crt"] = client.certificate_pem;
    files_["/pki/client.key"] = client.private_key_pem.Reveal();
  }

  KubeAccessParts Parts() {
    return {.read = [this](const std::string& path) { return ReadFile(path); },
            .clock = clock_,
            .runner = runner_,
            .executor = io_.get_executor(),
            .environment = {}};
  }

  void Connect(base::Result<KubeAccess> access, KubeClientOptions options = {}) {
    ASSERT_TRUE(access) << access.error().message;
    options.reload = 0s;
    auto client =
        MakeKubeClient(options, *std::move(access), io_.get_executor(), clock_, warning_log_);
    ASSERT_TRUE(client) << client.error().message;
    kube_ = *std::move(client);
  }

  void ConnectWithKubeconfig(KubeClientOptions options = {}) {
    files_["/etc/config"] =
        "current-context: c\n"
        "contexts: [{name: c, context: {cluster: k, user: u}}]\n"
        "clusters: [{name: k, cluster: {server: 'https://" +
        server_->address() +
        "', certificate-authority: /pki/ca.crt}}]\n"
        "users: [{name: u, user: {client-certificate: /pki/client.crt, "
        "client-key: /pki/client.key}}]\n";
    Connect(LoadKubeconfig("/etc/config", "", Parts()), options);
  }

  static ObjectKey Key() { return {.ns = "default", .name = "one", .subresource = {}}; }

  // Empty: it went well.
  std::string Get(const Resource& resource = kConfigMaps) {
    const auto reply = Await(kube_->api().Get(resource, Key(), Soon()));
    return reply ? "" : reply.error().message;
  }

  void TakeAllPlaces(int calls) {
    slow_ = true;
    for (int i = 0; i < calls; ++i) tasks_.Spawn("slow", Slow(&kube_->api(), In(1h)));
    while (waiting_ < kPlaces) RunOne();
  }

  static constexpr int kPlaces = 2;

  std::map<std::string, std::string> files_;
  std::vector<SelfSignedCertificate> known_;
  std::shared_ptr<base::TlsServerContext> shown_;
  HttpPeer peer_;
  std::string token_;
  bool slow_ = false;
  int waiting_ = 0;
  NoRunner runner_;
  WarningLog warning_log_;
  std::unique_ptr<KubeClient> kube_;

 private:
  static boost::asio::awaitable<void> Slow(KubeApi* api, base::TimePoint deadline) {
    (void)co_await api->Get(kConfigMaps, Key(), deadline);
  }
};

TEST_F(KubeClientTest, ReplacedClientCertificateIsShownByTheNextCall) {
  const SelfSignedCertificate server = Certificate("server");
  const SelfSignedCertificate renewed = Certificate("renewed");
  known_ = {Certificate("first"), renewed};
  files_["/pki/ca.crt"] = server.certificate_pem;
  Write(known_.front());
  Present(server);
  ConnectWithKubeconfig();
  ASSERT_EQ(Get(), "");
  ASSERT_EQ(peer_.common_name, "first");

  Write(renewed);

  EXPECT_EQ(Get(), "");
  EXPECT_EQ(peer_.common_name, "renewed");
  EXPECT_EQ(Get(kLeases), "");
  EXPECT_EQ(peer_.common_name, "renewed");
  EXPECT_THAT(warning_log_.warnings, SizeIs(0));
}

TEST_F(KubeClientTest, HalfOfAPairLeavesTheOldOneInUseWithOneWarning) {
  const SelfSignedCertificate server = Certificate("server");
  const SelfSignedCertificate renewed = Certificate("renewed");
  known_ = {Certificate("first"), renewed};
  files_["/pki/ca.crt"] = server.certificate_pem;
  Write(known_.front());
  Present(server);
  ConnectWithKubeconfig();
  ASSERT_EQ(Get(), "");

  files_["/pki/client.crt"] = renewed.certificate_pem;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Get(), "");
    EXPECT_EQ(peer_.common_name, "first");
  }
  EXPECT_THAT(warning_log_.warnings, ElementsAre(HasSubstr("it has to belong to the certificate")));

  files_["/pki/client.key"] = renewed.private_key_pem.Reveal();
  EXPECT_EQ(Get(), "");
  EXPECT_EQ(peer_.common_name, "renewed");
  EXPECT_THAT(warning_log_.warnings, SizeIs(1));
}

TEST_F(KubeClientTest, ReplacedAuthoritiesAreTrusted) {
  const SelfSignedCertificate before = Certificate("server");
  const SelfSignedCertificate after = Certificate("server again");
  known_ = {Certificate("client")};
  files_["/pki/ca.crt"] = before.certificate_pem;
  Write(known_.front());
  Present(before);
  ConnectWithKubeconfig();
  ASSERT_EQ(Get(), "");

  Present(after);
  files_["/pki/ca.crt"] = after.certificate_pem;

  EXPECT_EQ(Get(), "");
  // On a connection that was not there before.
  EXPECT_EQ(Get(kLeases), "");
}

TEST_F(KubeClientTest, EmptyFilesAreThoseOfBeforeAndNotTheSystemsAuthorities) {
  const SelfSignedCertificate server = Certificate("server");
  known_ = {Certificate("client")};
  files_["/pki/ca.crt"] = server.certificate_pem;
  Write(known_.front());
  Present(server);
  ConnectWithKubeconfig();

  for (const char* path : {"/pki/ca.crt", "/pki/client.crt", "/pki/client.key"}) files_[path] = "";

  EXPECT_EQ(Get(), "");
  EXPECT_EQ(peer_.common_name, "client");
  EXPECT_THAT(warning_log_.warnings, ElementsAre(HasSubstr("/pki/ca.crt: is empty")));
}

TEST_F(KubeClientTest, AnotherServerInTheFileIsNotFollowed) {
  const SelfSignedCertificate server = Certificate("server");
  known_ = {Certificate("client")};
  files_["/pki/ca.crt"] = server.certificate_pem;
  Write(known_.front());
  Present(server);
  ConnectWithKubeconfig();

  std::string& file = files_["/etc/config"];
  file.replace(file.find(server_->address()), server_->address().size(), "192.0.2.1:6443");

  EXPECT_EQ(Get(), "");
  EXPECT_THAT(warning_log_.warnings, ElementsAre(HasSubstr("restart to use it")));
}

TEST_F(KubeClientTest, ServiceAccountsAuthorityAndTokenAreFollowed) {
  const SelfSignedCertificate before = Certificate("server");
  const SelfSignedCertificate after = Certificate("server again");
  Present(before);
  files_["/sa/ca.crt"] = before.certificate_pem;
  files_["/sa/token"] = "expired";
  Connect(LoadInCluster(
      {.host = "127.0.0.1", .port = std::to_string(server_->port()), .folder = "/sa"}, Parts()));
  ASSERT_THAT(Get(), HasSubstr("401"));

  Present(after);
  files_["/sa/ca.crt"] = after.certificate_pem;
  files_["/sa/token"] = "renewed";

  EXPECT_EQ(Get(kLeases), "");
  EXPECT_EQ(token_, "Bearer renewed");
}

TEST_F(KubeClientTest, LeasesAndNodesDoNotWaitBehindSlowCalls) {
  const SelfSignedCertificate server = Certificate("server");
  known_ = {Certificate("client")};
  files_["/pki/ca.crt"] = server.certificate_pem;
  Write(known_.front());
  Present(server);
  ConnectWithKubeconfig({.connections = kPlaces, .urgent_connections = 1});

  TakeAllPlaces(kPlaces + 1);

  EXPECT_EQ(Get(kLeases), "");
  EXPECT_EQ(Get(kNodes), "");
  EXPECT_EQ(waiting_, kPlaces);
}

}  // namespace
}  // namespace vk::kube
