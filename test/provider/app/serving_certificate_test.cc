// The certificate of the node's HTTPS API, replaced under the running server: real files and
// sockets, virtual time for the server.

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "base/metrics.h"
#include "provider/app/status_server.h"
#include "test/base/http/http_fixture.h"
#include "test/base/manual_clock.h"

namespace vk::app {
namespace {

using namespace std::chrono_literals;
using base::SelfSignedCertificate;

class CountingLog final : public base::Log {
 public:
  void Write(base::LogLevel level, std::string_view, std::initializer_list<Field>) override {
    warnings += level == base::LogLevel::kWarning;
  }
  int warnings = 0;
};

class ServingCertificateTest : public base::HttpTest {
 protected:
  void SetUp() override {
    const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(testing::TempDir()) /
              (std::string("serving_") + test->name() + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
    options_.node_name = "vk";
    options_.node_ip = "127.0.0.1";
    options_.kubelet_listen = "127.0.0.1:0";
    options_.metrics_listen = "127.0.0.1:0";
    options_.kubelet_cert_file = folder_ / "tls.crt";
    options_.kubelet_key_file = folder_ / "tls.key";
  }
  void TearDown() override {
    if (servers_) Await(servers_->Stop());
    std::filesystem::remove_all(folder_);
    base::HttpTest::TearDown();
  }

  SelfSignedCertificate Certificate(const std::string& name) {
    return base::MakeSelfSignedCertificate({.common_name = name, .ip_addresses = {"127.0.0.1"}},
                                           clock_.WallNow() - 1h)
        .value();
  }
  static void Write(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::trunc) << text;
  }
  void WriteCertificate(const SelfSignedCertificate& pair) {
    Write(options_.kubelet_cert_file, pair.certificate_pem);
  }
  void WriteKey(const SelfSignedCertificate& pair) {
    Write(options_.kubelet_key_file, pair.private_key_pem.Reveal());
  }
  void StartWith(const SelfSignedCertificate& pair) {
    WriteCertificate(pair);
    WriteKey(pair);
    auto servers = StartServers(
        {.options = options_, .clock = server_clock_, .log = server_log_, .metrics = metrics_},
        [] { return std::string(); }, io_.get_executor());
    ASSERT_TRUE(servers) << servers.error().message;
    servers_ = *std::move(servers);
  }
  // Whether a client that trusts this certificate alone gets an answer.
  bool Shows(const SelfSignedCertificate& pair) {
    Client(base::HttpClientOptions{
        .url = "https://" + servers_->kubelet_address(),
        .tls = base::MakeTlsClientContext({.authorities_pem = pair.certificate_pem}).value()});
    return Await(client_->Send({.target = "/pods"}, base::Repeat::kSafe, Soon())).has_value();
  }

  std::filesystem::path folder_;
  config::Options options_;
  base::ManualClock server_clock_{io_};
  CountingLog server_log_;
  base::Metrics metrics_;
  std::unique_ptr<Servers> servers_;
};

TEST_F(ServingCertificateTest, ReplacedPairIsShownWithinTenSeconds) {
  const SelfSignedCertificate first = Certificate("first");
  const SelfSignedCertificate renewed = Certificate("renewed");
  StartWith(first);
  ASSERT_TRUE(Shows(first));

  WriteCertificate(renewed);
  WriteKey(renewed);
  server_clock_.Advance(10s);

  EXPECT_TRUE(Shows(renewed));
  EXPECT_EQ(server_log_.warnings, 0);
}

TEST_F(ServingCertificateTest, HalfOfAPairLeavesTheOldOneWithOneWarning) {
  const SelfSignedCertificate first = Certificate("first");
  const SelfSignedCertificate renewed = Certificate("renewed");
  StartWith(first);

  WriteCertificate(renewed);
  for (int i = 0; i < 3; ++i) {
    server_clock_.Advance(10s);
    EXPECT_TRUE(Shows(first));
  }
  EXPECT_EQ(server_log_.warnings, 1);

  WriteKey(renewed);
  server_clock_.Advance(10s);
  EXPECT_TRUE(Shows(renewed));
  EXPECT_EQ(server_log_.warnings, 1);
}

TEST_F(ServingCertificateTest, KeyOfAnotherCertificateIsToldAtTheStart) {
  WriteCertificate(Certificate("one"));
  WriteKey(Certificate("two"));

  const auto servers = StartServers(
      {.options = options_, .clock = server_clock_, .log = server_log_, .metrics = metrics_},
      [] { return std::string(); }, io_.get_executor());

  ASSERT_FALSE(servers);
  EXPECT_EQ(servers.error().code, base::ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace vk::app
