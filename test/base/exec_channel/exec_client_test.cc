#include "base/exec_channel/exec_client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/task_group.h"
#include "test/base/http/fake_byte_stream.h"
#include "test/base/manual_clock.h"

namespace vk::exec {
namespace {

using boost::asio::awaitable;
using namespace std::chrono_literals;

// A client whose server is the test.
class ExecClientTest : public testing::Test {
 protected:
  explicit ExecClientTest(std::string protocol = "")
      : client_(
            socket_, std::move(protocol),
            [this](Channel channel, std::string bytes) { return Keep(channel, std::move(bytes)); },
            clock_, io_.get_executor()) {}

  void SetUp() override {
    tasks_.Spawn("client", Run());
    clock_.Advance(0s);
  }
  void TearDown() override {
    tasks_.Cancel();
    clock_.Advance(0s);
  }

  void Come(std::string message) {
    stream_.Bring(base::EncodeWebSocketFrame({.payload = std::move(message)}, std::nullopt));
    clock_.Advance(0s);
  }
  void CloseByServer() {
    stream_.Bring(base::EncodeWebSocketFrame(
        {.kind = base::WebSocketMessage::Kind::kClose, .close_code = 1000}, std::nullopt));
    clock_.Advance(0s);
  }
  // What the client has sent.
  std::vector<base::WebSocketMessage> Sent() const {
    base::WebSocketFrameReader reader(base::WebSocketSide::kServer, 1024);
    std::string bytes = stream_.written;
    std::vector<base::WebSocketMessage> messages;
    for (auto message = reader.Take(&bytes); message && *message; message = reader.Take(&bytes)) {
      messages.push_back(std::move(**message));
    }
    return messages;
  }
  std::ptrdiff_t SentPings() const {
    return std::ranges::count(Sent(), base::WebSocketMessage::Kind::kPing,
                              &base::WebSocketMessage::kind);
  }
  void EndInput() {
    tasks_.Spawn("end of the input", TellEnd(&client_));
    clock_.Advance(0s);
  }

  boost::asio::io_context io_{1};
  base::ManualClock clock_{io_};
  base::FakeByteStream stream_{io_.get_executor()};
  base::WebSocket socket_{stream_, base::WebSocketSide::kClient, "", base::Random(1),
                          io_.get_executor()};
  std::string printed_;  // Each piece with its channel's number before it.
  std::optional<base::Result<End>> end_;
  base::TaskGroup tasks_{io_.get_executor()};
  ExecClient client_;

 private:
  static awaitable<void> TellEnd(ExecClient* client) { (void)co_await client->EndInput(); }
  awaitable<void> Run() { end_.emplace(co_await client_.Run()); }
  awaitable<base::Status> Keep(Channel channel, std::string bytes) {
    printed_ += std::to_string(static_cast<int>(channel)) + bytes;
    co_return base::Status();
  }
};

TEST_F(ExecClientTest, OutputsAndTheEndAreTaken) {
  Come(EncodeFrame(Channel::kOutput, "out"));
  Come(EncodeFrame(Channel::kErrors, "err"));
  EXPECT_FALSE(end_);
  Come(EncodeFrame(Channel::kStatus, EncodeEnd({.exit_code = 3})));

  EXPECT_EQ(printed_, "1out2err");
  ASSERT_TRUE(end_ && *end_);
  EXPECT_EQ((*end_)->exit_code, 3);
  EXPECT_EQ((*end_)->error, "");
}

TEST_F(ExecClientTest, EmptyMessagesAndTextAreTaken) {
  std::string text = base::EncodeWebSocketFrame({.payload = "\1out"}, std::nullopt);
  text[0] = '\x81';
  Come("");
  Come(EncodeFrame(Channel::kOutput, ""));
  stream_.Bring(text);
  clock_.Advance(0s);

  EXPECT_EQ(printed_, "11out");
  EXPECT_FALSE(end_);
}

TEST_F(ExecClientTest, EndWithoutAStatusIsNoSuccess) {
  Come(EncodeFrame(Channel::kOutput, "out"));
  CloseByServer();

  ASSERT_TRUE(end_);
  ASSERT_FALSE(*end_);
  EXPECT_EQ(end_->error().code, base::ErrorCode::kUnavailable);
}

TEST_F(ExecClientTest, LostConnectionIsNoSuccess) {
  stream_.Bring("");
  clock_.Advance(0s);

  ASSERT_TRUE(end_);
  EXPECT_FALSE(*end_);
}

TEST_F(ExecClientTest, StatusAsTextIsAnError) {
  Come(EncodeFrame(Channel::kStatus, "command terminated with non-zero exit code: 1"));

  ASSERT_TRUE(end_ && *end_);
  EXPECT_EQ((*end_)->error, "command terminated with non-zero exit code: 1");
}

TEST_F(ExecClientTest, SilentServerIsPingedEveryHalfMinute) {
  clock_.Advance(29s);
  EXPECT_EQ(SentPings(), 0);
  clock_.Advance(1s);
  EXPECT_EQ(SentPings(), 1);
  clock_.Advance(60s);
  EXPECT_EQ(SentPings(), 3);
  EXPECT_FALSE(end_);
}

TEST_F(ExecClientTest, EndOfTheInputIsNotToldWithoutASubprotocol) {
  EndInput();

  EXPECT_FALSE(client_.can_end_input());
  EXPECT_TRUE(Sent().empty());
}

class ExecClientOfVersion5Test : public ExecClientTest {
 protected:
  ExecClientOfVersion5Test() : ExecClientTest(std::string(kProtocolV5)) {}
};

TEST_F(ExecClientOfVersion5Test, EndOfTheInputIsTold) {
  EndInput();

  EXPECT_TRUE(client_.can_end_input());
  ASSERT_EQ(Sent().size(), 1);
  EXPECT_EQ(Sent()[0].payload, std::string("\xff\0", 2));
}

}  // namespace
}  // namespace vk::exec
