#include "base/http/tls.h"

#include <gmock/gmock.h>

#include "test/base/http/http_fixture.h"

namespace vk::base {
namespace {

namespace asio = boost::asio;
using testing::HasSubstr;

constexpr char kNotPem[] =
    "-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydA==\n-----END CERTIFICATE-----";

class TlsTest : public HttpTest {
 protected:
  SelfSignedCertificate Certificate(SelfSignedOptions options) {
    return MakeSelfSignedCertificate(options, clock_.WallNow() - std::chrono::hours(1)).value();
  }

  // Serves with a certificate for localhost and 127.0.0.1.
  void ServeTls(std::string client_authorities = "") {
    const SelfSignedCertificate own = Certificate(
        {.common_name = "server", .dns_names = {"localhost"}, .ip_addresses = {"127.0.0.1"}});
    authority_ = own.certificate_pem;
    HttpServerOptions options;
    options.tls = MakeTlsServerContext({.certificate_pem = own.certificate_pem,
                                        .private_key_pem = own.private_key_pem,
                                        .client_authorities_pem = std::move(client_authorities)})
                      .value();
    Serve(
        [this](const HttpRequest& request, const HttpPeer& peer, HttpResponder& responder) {
          return request.target == "/wait" ? WaitUntilGone(this, responder)
                                           : Note(&peer_, peer, responder);
        },
        options);
  }

  Result<HttpResponse> Get(const TlsClientOptions& tls, const std::string& host = "127.0.0.1") {
    Client(HttpClientOptions{.url = "https://" + host + ":" + std::to_string(server_->port()),
                             .tls = MakeTlsClientContext(tls).value()});
    return Await(client_->Send({}, Repeat::kSafe, Soon()));
  }

  std::string authority_;
  HttpPeer peer_;
  bool server_handler_ends_ = false;

  static asio::awaitable<void> WaitUntilGone(TlsTest* test, HttpResponder& responder) {
    (void)co_await responder.Start(200, {});
    (void)co_await responder.Write("x");
    while (!responder.ClientGone())
      if (!co_await test->clock_.SleepUntil(test->In(std::chrono::milliseconds(1)))) break;
    test->server_handler_ends_ = true;
  }

  static asio::awaitable<void> Note(HttpPeer* seen, const HttpPeer& peer,
                                    HttpResponder& responder) {
    *seen = peer;
    (void)co_await responder.Reply({.status = 200, .body = std::string(100'000, 'x')});
  }
};

TEST_F(TlsTest, TrustedServerIsReachedByAddressAndByName) {
  ServeTls();

  const auto by_address = Get({.authorities_pem = authority_});
  const auto by_name = Get({.authorities_pem = authority_}, "localhost");

  ASSERT_TRUE(by_address) << by_address.error().message;
  EXPECT_EQ(by_address->body.size(), 100'000u);
  ASSERT_TRUE(by_name) << by_name.error().message;
  EXPECT_EQ(peer_.common_name, "");
}

TEST_F(TlsTest, OneHandshakeServesManyRequests) {
  ServeTls();
  ASSERT_TRUE(Get({.authorities_pem = authority_}));
  const std::string first = peer_.address;

  ASSERT_TRUE(Await(client_->Send({}, Repeat::kOnce, Soon())));

  EXPECT_EQ(peer_.address, first);
}

TEST_F(TlsTest, UnknownAuthorityIsNamed) {
  ServeTls();

  const auto reply =
      Get({.authorities_pem = Certificate({.common_name = "other"}).certificate_pem});

  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kUnauthenticated);
  EXPECT_THAT(reply.error().message, HasSubstr("self-signed certificate"));
  EXPECT_THAT(reply.error().message, HasSubstr("issued by /CN=server"));
}

TEST_F(TlsTest, CertificateForAnotherNameIsRefused) {
  ServeTls();

  const auto reply = Get({.authorities_pem = authority_, .server_name = "api.example"});

  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kUnauthenticated);
  EXPECT_THAT(reply.error().message, HasSubstr("hostname mismatch"));
}

TEST_F(TlsTest, CertificateForAnotherAddressIsRefused) {
  ServeTls();

  const auto reply = Get({.authorities_pem = authority_, .server_name = "127.0.0.2"});

  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kUnauthenticated);
  EXPECT_THAT(reply.error().message, HasSubstr("IP address mismatch"));
}

TEST_F(TlsTest, NobodyIsVerifiedWhenVerificationIsOff) {
  ServeTls();

  EXPECT_TRUE(Get({.verify_server = false}));
}

TEST_F(TlsTest, ExpiredCertificateIsRefused) {
  const SelfSignedCertificate old =
      MakeSelfSignedCertificate({.common_name = "old", .ip_addresses = {"127.0.0.1"}, .days = 1},
                                clock_.WallNow() - std::chrono::hours(48))
          .value();
  HttpServerOptions options;
  options.tls = MakeTlsServerContext({.certificate_pem = old.certificate_pem,
                                      .private_key_pem = old.private_key_pem})
                    .value();
  Serve(nullptr, options);

  const auto reply = Get({.authorities_pem = old.certificate_pem});

  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kUnauthenticated);
  EXPECT_THAT(reply.error().message, HasSubstr("expired"));
}

TEST_F(TlsTest, ClientCertificateIsSeenAsPeer) {
  const SelfSignedCertificate client =
      Certificate({.common_name = "kube-apiserver", .organizations = {"system:masters", "two"}});
  ServeTls(client.certificate_pem);

  const auto reply = Get({.authorities_pem = authority_,
                          .certificate_pem = client.certificate_pem,
                          .private_key_pem = client.private_key_pem});

  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(peer_.common_name, "kube-apiserver");
  EXPECT_THAT(peer_.organizations, testing::ElementsAre("system:masters", "two"));
}

TEST_F(TlsTest, ClientWithoutCertificateComesInAndOneWithAForeignOneDoesNot) {
  ServeTls(Certificate({.common_name = "authority"}).certificate_pem);
  const SelfSignedCertificate foreign = Certificate({.common_name = "foreign"});

  EXPECT_TRUE(Get({.authorities_pem = authority_}));
  const auto refused = Get({.authorities_pem = authority_,
                            .certificate_pem = foreign.certificate_pem,
                            .private_key_pem = foreign.private_key_pem});

  ASSERT_FALSE(refused);
  EXPECT_EQ(peer_.common_name, "");
}

TEST_F(TlsTest, AuthoritiesCanChangeWhileTheServerRuns) {
  const SelfSignedCertificate own =
      Certificate({.common_name = "server", .ip_addresses = {"127.0.0.1"}});
  const SelfSignedCertificate client = Certificate({.common_name = "late"});
  const auto accepting = [&](std::string authorities) {
    return MakeTlsServerContext({.certificate_pem = own.certificate_pem,
                                 .private_key_pem = own.private_key_pem,
                                 .client_authorities_pem = std::move(authorities)})
        .value();
  };
  std::shared_ptr<TlsServerContext> present = accepting("");
  HttpServerOptions options;
  options.present_tls = [&present] { return present; };
  Serve([this](const HttpRequest&, const HttpPeer& peer,
               HttpResponder& responder) { return Note(&peer_, peer, responder); },
        options);
  const TlsClientOptions as_late{.authorities_pem = own.certificate_pem,
                                 .certificate_pem = client.certificate_pem,
                                 .private_key_pem = client.private_key_pem};

  ASSERT_TRUE(Get(as_late));
  EXPECT_EQ(peer_.common_name, "");
  present = accepting(client.certificate_pem);
  ASSERT_TRUE(Get(as_late));
  EXPECT_EQ(peer_.common_name, "late");
}

TEST_F(TlsTest, HandlerThatAsksLearnsThatTheClientHasGone) {
  ServeTls();
  server_handler_ends_ = false;
  Client(HttpClientOptions{.url = "https://" + server_->address(),
                           .tls = MakeTlsClientContext({.authorities_pem = authority_}).value()});
  auto stream = Await(client_->Open({.target = "/wait"}, Soon())).value();
  ASSERT_EQ(Await(stream->Read(Soon())).value(), "x");
  ASSERT_TRUE(Await(clock_.SleepUntil(In(std::chrono::milliseconds(20)))));
  EXPECT_FALSE(server_handler_ends_);

  stream.reset();
  while (!server_handler_ends_) RunOne();
}

TEST_F(TlsTest, StreamReadPastItsDeadlineLosesNothing) {
  ServeTls();
  Client(HttpClientOptions{.url = "https://" + server_->address(),
                           .tls = MakeTlsClientContext({.authorities_pem = authority_}).value()});
  const auto stream = Await(client_->Open({}, Soon())).value();

  std::size_t got = 0;
  for (;;) {
    const auto read = Await(stream->Read(clock_.Now()));
    if (!read) {
      ASSERT_EQ(read.error().code, ErrorCode::kDeadlineExceeded);
      continue;
    }
    if (read->empty()) break;
    got += read->size();
  }

  EXPECT_EQ(got, 100'000u);
}

TEST_F(TlsTest, PlainServerBehindHttpsIsUnavailable) {
  Serve(nullptr);

  const auto reply = Get({.verify_server = false});

  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kUnavailable);
}

TEST_F(TlsTest, UnreadablePartsAreNamed) {
  const SelfSignedCertificate one = Certificate({.common_name = "one"});
  const SelfSignedCertificate two = Certificate({.common_name = "two"});
  const auto message = [](const TlsClientOptions& options) {
    const auto context = MakeTlsClientContext(options);
    return context ? "" : context.error().message;
  };

  EXPECT_THAT(message({.authorities_pem = kNotPem}), HasSubstr("trusted authorities"));
  EXPECT_THAT(message({.certificate_pem = kNotPem}), HasSubstr("client's certificate"));
  EXPECT_THAT(
      message({.certificate_pem = one.certificate_pem, .private_key_pem = two.private_key_pem}),
      HasSubstr("client's private key"));
  EXPECT_EQ(MakeTlsServerContext({}).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(TlsTest, NamesThatCannotBeInACertificateAreRefused) {
  const auto code = [](const SelfSignedOptions& options) {
    return MakeSelfSignedCertificate(options, WallTime()).error().code;
  };

  EXPECT_EQ(code({.common_name = "a", .dns_names = {"a,IP:1.2.3.4"}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({.common_name = "a", .ip_addresses = {"a"}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({.common_name = std::string(65, 'a')}), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace vk::base
