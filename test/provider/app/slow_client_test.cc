// Clients that keep the agent's two servers busy: real sockets, virtual time.

#include <gmock/gmock.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "provider/app/status_server.h"
#include "test/base/http/http_fixture.h"
#include "test/provider/agent/agent_world.h"

namespace vk::app {
namespace {

using namespace std::chrono_literals;
using base::RawConnection;
using boost::asio::ip::tcp;
using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

constexpr int kMetricsConnections = 64;

class SlowClientTest : public agent::AgentWorld {
 protected:
  SlowClientTest() {
    options_.kubelet_listen = "127.0.0.1:0";
    options_.metrics_listen = "127.0.0.1:0";
    options_.node_name = kNode;
    options_.node_ip = "192.0.2.7";
    auto servers = StartServers(
        {.options = options_, .clock = clock_, .log = log_, .metrics = metrics_},
        [this] { return agent_->WhatIsMissing(); }, io_.get_executor());
    EXPECT_TRUE(servers) << servers.error().message;
    servers_ = *std::move(servers);
    servers_->Serve(*agent_, kube_, *eci_);
  }
  ~SlowClientTest() override {
    tasks_.Spawn("stop", servers_->Stop());
    clock_.Advance(5s);
  }

  static boost::asio::ip::port_type PortOf(const std::string& address) {
    return static_cast<boost::asio::ip::port_type>(
        std::stoi(address.substr(address.rfind(':') + 1)));
  }
  RawConnection Dial(const std::string& address) {
    tcp::socket socket(io_);
    socket.connect({boost::asio::ip::address_v4::loopback(), PortOf(address)});
    return RawConnection(std::move(socket));
  }
  template <class T>
  T Await(boost::asio::awaitable<T> task) {
    std::optional<T> result;
    tasks_.Spawn("client", Keep(std::move(task), &result));
    while (!result) RunOne();
    return std::move(*result);
  }
  // What has come to this machine's sockets by now is served.
  void Settle() {
    io_.restart();
    io_.poll();
  }
  std::string Ask(const std::string& path) {
    RawConnection client = Dial(servers_->metrics_address());
    Await(client.Send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n"));
    return Await(client.ReadHeader());
  }

  config::Options options_;
  std::unique_ptr<Servers> servers_;

 private:
  void RunOne() {
    io_.restart();
    io_.run_one();
  }
  template <class T>
  static boost::asio::awaitable<void> Keep(boost::asio::awaitable<T> task,
                                           std::optional<T>* result) {
    result->emplace(co_await std::move(task));
  }
};

TEST_F(SlowClientTest, ServersDropSlowClientsAndAnswerTheNextOne) {
  RawConnection slow = Dial(servers_->metrics_address());
  Await(slow.Send("GET /heal"));
  RawConnection silent = Dial(servers_->kubelet_address());
  EXPECT_THAT(Ask("/healthz"), StartsWith("HTTP/1.1 200 "));

  clock_.Advance(31s);

  EXPECT_THAT(Await(slow.ReadHeader()), StartsWith("HTTP/1.1 408 "));
  EXPECT_EQ(Await(silent.ReadAll()), "");
  EXPECT_EQ(Metric(R"(virtual_node_http_slow_clients_total{server="metrics"})"), "1");
  EXPECT_EQ(Metric(R"(virtual_node_http_slow_clients_total{server="kubelet"})"), "1");
  EXPECT_THAT(Ask("/healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(SlowClientTest, ReadinessSaysWhatIsMissing) {
  RawConnection client = Dial(servers_->metrics_address());
  Await(client.Send("GET /readyz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  EXPECT_THAT(Await(client.ReadAll()),
              AllOf(StartsWith("HTTP/1.1 503 "),
                    HasSubstr("\r\n\r\nnot yet: namespace kube-system not read\n")));
  Start();

  EXPECT_THAT(Ask("/readyz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(SlowClientTest, TakenConnectionsAreAnEventOfTheNode) {
  Start();
  std::vector<RawConnection> clients;
  for (int i = 0; i < kMetricsConnections; ++i)
    clients.push_back(Dial(servers_->metrics_address()));
  Settle();
  EXPECT_EQ(Metric(R"(virtual_node_http_full_total{server="metrics"})"), "1");
  clock_.Advance(1s);
  EXPECT_THAT(Events(kNode), Contains(AllOf(StartsWith("ServerConnectionsExhausted: "),
                                            HasSubstr("All 64 connections of the metrics"))));

  clock_.Advance(31s);

  EXPECT_THAT(Ask("/healthz"), StartsWith("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace vk::app
