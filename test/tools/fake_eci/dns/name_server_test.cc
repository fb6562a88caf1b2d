#include "tools/fake_eci/dns/name_server.h"

#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/write.hpp>
#include <chrono>

#include "base/http/url.h"
#include "base/task_group.h"
#include "test/base/manual_clock.h"
#include "test/tools/fake_eci/dns/some_zones.h"

namespace vk::fake {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asio::ip::tcp;
using asio::ip::udp;

// "web.ns.svc.test", type A, id 0x1234.
const std::string kQuestion = std::string("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12) +
                              std::string("\3web\2ns\3svc\4test\0\0\1\0\1", 21);

// "10.0.0.2", the last of its addresses.
const std::string kAddress("\x0a\x00\x00\x02", 4);

std::string WithLength(const std::string& message) {
  return std::string{static_cast<char>(message.size() >> 8), static_cast<char>(message.size())} +
         message;
}

class NameServerTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server = NameServer::Start(
        {.listen = "127.0.0.1:0"}, [this]() -> const Zones& { return zones_; }, io_.get_executor(),
        clock_, *log_);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }
  void TearDown() override {
    if (!server_) return;
    tasks_.Spawn("stop", server_->Stop());
    RunUntil([this] { return tasks_.size() == 0; });
  }

  // Runs the server until it is so, for five seconds of real time at most.
  template <class Condition>
  bool RunUntil(Condition condition) {
    io_.restart();
    bool done = condition();
    for (int turn = 0; turn < 500 && !done; ++turn) {
      io_.run_one_for(10ms);
      done = condition();
    }
    return done;
  }

  std::uint16_t port() const { return base::ParseHostPort(server_->address())->port; }

  tcp::socket Connect() {
    tcp::socket socket(clients_);
    socket.connect({asio::ip::address_v4::loopback(), port()});
    socket.non_blocking(true);
    return socket;
  }
  // What comes until `bytes` are there or the server has closed.
  std::string Read(tcp::socket& socket, std::size_t bytes, bool* closed = nullptr) {
    std::string text;
    RunUntil([&] {
      std::array<char, 512> buffer{};
      boost::system::error_code error;
      text.append(buffer.data(), socket.read_some(asio::buffer(buffer), error));
      const bool ended = error && error != asio::error::would_block;
      if (closed != nullptr) *closed = ended;
      return ended || text.size() >= bytes;
    });
    return text;
  }

  const Zones zones_ = SomeZones();
  asio::io_context io_{1};
  asio::io_context clients_{1};
  base::ManualClock clock_{io_};
  std::unique_ptr<base::Log> log_ = base::MakeStderrLog(base::LogLevel::kError);
  base::TaskGroup tasks_{io_.get_executor()};
  std::unique_ptr<NameServer> server_;
};

TEST_F(NameServerTest, DatagramIsAnswered) {
  udp::socket socket(clients_, udp::v4());
  socket.non_blocking(true);
  const udp::endpoint server(asio::ip::address_v4::loopback(), port());
  socket.send_to(asio::buffer("junk", 4), server);
  socket.send_to(asio::buffer(kQuestion), server);
  std::array<char, 512> buffer{};
  std::size_t size = 0;

  EXPECT_TRUE(RunUntil([&] {
    boost::system::error_code error;
    size = socket.receive(asio::buffer(buffer), 0, error);
    return !error;
  }));

  const std::string answer(buffer.data(), size);
  EXPECT_TRUE(answer.starts_with(kQuestion.substr(0, 2)));
  EXPECT_TRUE(answer.ends_with(kAddress));
}

TEST_F(NameServerTest, ConnectionAnswersOneQuestionAfterTheOther) {
  tcp::socket socket = Connect();
  for (int question = 0; question < 2; ++question) {
    asio::write(socket, asio::buffer(WithLength(kQuestion)));

    const std::string answer = Read(socket, 2 + kQuestion.size() + 32);

    EXPECT_EQ(answer.substr(2, 2), kQuestion.substr(0, 2));
    EXPECT_TRUE(answer.ends_with(kAddress));
  }
}

TEST_F(NameServerTest, ClientThatSaysNothingIsLeft) {
  tcp::socket socket = Connect();
  asio::write(socket, asio::buffer(kQuestion.substr(0, 1)));
  RunUntil([turn = 0]() mutable { return ++turn > 5; });
  bool closed = false;

  clock_.Advance(6s);
  Read(socket, 1, &closed);

  EXPECT_TRUE(closed);
}

TEST_F(NameServerTest, QuestionThatIsTooLongEndsTheConnection) {
  tcp::socket socket = Connect();
  asio::write(socket, asio::buffer(std::string("\x10\x01", 2)));
  bool closed = false;

  Read(socket, 1, &closed);

  EXPECT_TRUE(closed);
}

TEST_F(NameServerTest, AddressInUseIsSaid) {
  const auto second = NameServer::Start(
      {.listen = server_->address()}, [this]() -> const Zones& { return zones_; },
      io_.get_executor(), clock_, *log_);

  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, base::ErrorCode::kUnavailable);
}

TEST_F(NameServerTest, AddressMayComeLater) {
  NameServerOptions options{.listen = "172.29.255.254:0"};
  const auto start = [&] {
    return NameServer::Start(
        options, [this]() -> const Zones& { return zones_; }, io_.get_executor(), clock_, *log_);
  };

  EXPECT_FALSE(start());
  options.address_may_come_later = true;
  auto later = start();

  ASSERT_TRUE(later) << later.error().message;
  tasks_.Spawn("stop", (*later)->Stop());
  EXPECT_TRUE(RunUntil([this] { return tasks_.size() == 0; }));
}

}  // namespace
}  // namespace vk::fake
