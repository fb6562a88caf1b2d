#include "base/http/tls.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "test/tools/fake_eci/server_fixture.h"

namespace vk::fake {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class TlsTest : public FakeServerTest {
 protected:
  void SetUp() override {
    options_.tls.emplace();
    options_.tls->authority_file = authority_file_;
    FakeServerTest::SetUp();
  }
  void TearDown() override {
    https_.reset();
    FakeServerTest::TearDown();
    std::filesystem::remove(authority_file_);
  }

  std::string Authority() const {
    std::ifstream file(authority_file_);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  // GET /healthz over HTTPS, by this name, trusting `authorities` (the system's without any).
  base::Result<base::HttpResponse> AskHealth(const std::string& authorities,
                                             const std::string& host = "127.0.0.1") {
    const std::string url = server_->tls_url();
    https_ = base::MakeHttpClient(
                 {.url = "https://" + host + url.substr(url.rfind(':')),
                  .tls = base::MakeTlsClientContext({.authorities_pem = authorities}).value()},
                 io_.get_executor(), clock_)
                 .value();
    return Await(https_->Send({.method = "GET", .target = "/healthz"}, base::Repeat::kOnce,
                              clock_.Now() + std::chrono::seconds(20)));
  }

  const std::string authority_file_ =
      testing::TempDir() + "fake_eci_tls_test." + std::to_string(::getpid()) + ".pem";
  std::unique_ptr<base::HttpTransport> https_;
};

TEST_F(TlsTest, ServesHttpsToThoseWhoTrustTheWrittenAuthority) {
  EXPECT_THAT(server_->tls_url(), StartsWith("https://127.0.0.1:"));

  for (const std::string host : {"127.0.0.1", "localhost"}) {
    const auto answer = AskHealth(Authority(), host);
    ASSERT_TRUE(answer) << host << ": " << answer.error().message;
    EXPECT_EQ(answer->status, 200);
  }
}

TEST_F(TlsTest, IsNotTrustedUnasked) {
  const auto answer = AskHealth("");

  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("certificate"));
}

TEST_F(TlsTest, ServesPlainHttpBesides) {
  EXPECT_EQ(Send({.method = "GET", .target = "/healthz"}).status, 200);
}

class GivenCertificateTest : public TlsTest {
 protected:
  void SetUp() override {
    certificate_ = base::MakeSelfSignedCertificate(
                       {.common_name = "given", .ip_addresses = {"127.0.0.1"}}, clock_.WallNow())
                       .value();
    options_.tls.emplace();
    options_.tls->certificate_pem = certificate_.certificate_pem;
    options_.tls->private_key_pem = certificate_.private_key_pem;
    FakeServerTest::SetUp();
  }

  base::SelfSignedCertificate certificate_;
};

TEST_F(GivenCertificateTest, IsTheOneShown) {
  EXPECT_TRUE(AskHealth(certificate_.certificate_pem));
}

TEST_F(TlsTest, FailureLeavesNothingRunning) {
  ServerOptions options = options_;
  options.tls->listen = server_->tls_url().substr(std::string("https://").size());
  const auto taken =
      Await(FakeServer::Start(options, io_.get_executor(), clock_, base::Random(4), *log_));
  options.tls->authority_file = "/nowhere/ca.pem";
  const auto unwritable =
      Await(FakeServer::Start(options, io_.get_executor(), clock_, base::Random(4), *log_));

  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, base::ErrorCode::kUnavailable);
  ASSERT_FALSE(unwritable);
  EXPECT_THAT(unwritable.error().message, HasSubstr("/nowhere/ca.pem"));
}

}  // namespace
}  // namespace vk::fake
