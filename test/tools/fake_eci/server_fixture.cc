#include "test/tools/fake_eci/server_fixture.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <stdexcept>

namespace vk::fake {
namespace {

boost::asio::awaitable<bool> StopServer(FakeServer& server) {
  co_await server.Stop();
  co_return true;
}

}  // namespace

void FakeServerTest::SetUp() {
  options_.listen = "127.0.0.1:0";
  options_.control_listen = "127.0.0.1:0";
  options_.keys = {{"test-key", base::SecretString("test-secret"), {}},
                   {"sts-key", base::SecretString("sts-secret"), base::SecretString("the-token")}};
  auto server =
      Await(FakeServer::Start(options_, io_.get_executor(), clock_, base::Random(3), *log_));
  ASSERT_TRUE(server) << server.error().message;
  server_ = std::move(*server);
  client_ =
      base::MakeHttpClient({.url = server_->url(), .tls = nullptr}, io_.get_executor(), clock_)
          .value();
}

void FakeServerTest::TearDown() {
  client_.reset();
  if (server_) Await(StopServer(*server_));
  tasks_.Cancel();
  while (tasks_.size() > 0) RunOne();
}

void FakeServerTest::RunOne() {
  io_.restart();
  if (io_.run_one() == 0) throw std::logic_error("the test waits for something that cannot come");
}

base::HttpRequest FakeServerTest::Sign(const Call& call) {
  const std::string url = server_->url();
  const std::string host = url.substr(url.rfind('/') + 1);
  eci::UnsignedCall unsigned_call{.action = call.action,
                                  .version = call.version,
                                  .host = host,
                                  .parameters = call.parameters,
                                  .placement = call.placement};
  const eci::Credentials credentials{
      call.key, base::SecretString(call.secret), base::SecretString(call.token), {}};
  return eci::SignedRequest(call.signature, unsigned_call, credentials,
                            clock_.WallNow() + call.clock_skew,
                            call.nonce.empty() ? random_.HexDigits(32) : call.nonce);
}

base::Result<base::HttpResponse> FakeServerTest::TrySend(base::HttpRequest request) {
  return Await(client_->Send(std::move(request), base::Repeat::kOnce,
                             clock_.Now() + std::chrono::seconds(20)));
}

base::HttpResponse FakeServerTest::Send(base::HttpRequest request) {
  auto response = TrySend(std::move(request));
  EXPECT_TRUE(response) << (response ? "" : response.error().message);
  return response ? *response : base::HttpResponse();
}

eci::QueryPairs FakeServerTest::CreateParameters(const std::string& name) {
  return {{"RegionId", "cn-hangzhou"},
          {"ContainerGroupName", name},
          {"Container.1.Name", "main"},
          {"Container.1.Image", "registry.example/app:1"}};
}

std::string FakeServerTest::Member(const base::HttpResponse& response, const std::string& name) {
  boost::system::error_code error;
  const boost::json::value body = boost::json::parse(response.body, error);
  if (error || !body.is_object()) return "not a JSON object: " + response.body;
  const boost::json::value* member = body.get_object().if_contains(name);
  if (member == nullptr) return "";
  return member->is_string() ? std::string(member->get_string()) : boost::json::serialize(*member);
}

}  // namespace vk::fake
