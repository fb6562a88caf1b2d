#include "tools/fake_eci/exec/exec_session.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <deque>
#include <optional>

#include "test/base/http/fake_byte_stream.h"
#include "test/base/manual_clock.h"

namespace vk::fake {
namespace {

using boost::asio::awaitable;
using exec::Channel;
using namespace std::chrono_literals;

// Prints what it is told to, and ends when it is told to or killed.
class FakeProcess final : public ContainerProcess {
 public:
  explicit FakeProcess(boost::asio::any_io_executor executor)
      : printed_(executor), errors_(executor), ended_(std::move(executor)) {}

  void Print(std::string bytes) {
    output_.push_back(std::move(bytes));
    printed_.Set();
  }
  // Both outputs end; else something left behind still has them.
  void CloseOutputs() {
    closed_ = true;
    printed_.Set();
    errors_.Set();
  }
  void Exit(int code) {
    code_ = code;
    ended_.Set();
  }
  std::string input;
  bool input_closed = false;
  bool killed = false;
  std::pair<int, int> size;

  awaitable<base::Result<std::string>> ReadOutput() override {
    while (output_.empty() && !closed_) VK_CO_CHECK_OK(co_await printed_.Wait());
    if (output_.empty()) co_return "";
    std::string bytes = std::move(output_.front());
    output_.pop_front();
    co_return bytes;
  }
  awaitable<base::Result<std::string>> ReadErrors() override {
    while (!closed_) VK_CO_CHECK_OK(co_await errors_.Wait());
    co_return "";
  }
  awaitable<base::Status> WriteInput(std::string bytes) override {
    input += bytes;
    co_return base::Status();
  }
  awaitable<void> CloseInput() override {
    input_closed = true;
    co_return;
  }
  awaitable<void> Resize(std::uint16_t width, std::uint16_t height) override {
    size = {width, height};
    co_return;
  }
  awaitable<base::Result<int>> Wait() override {
    while (!code_) VK_CO_CHECK_OK(co_await ended_.Wait());
    co_return *code_;
  }
  void Kill() override {
    killed = true;
    Exit(137);
  }

 private:
  base::Event printed_;
  base::Event errors_;
  base::Event ended_;
  std::deque<std::string> output_;
  bool closed_ = false;
  std::optional<int> code_;
};

class ExecSessionTest : public testing::Test {
 protected:
  explicit ExecSessionTest(std::string_view protocol = exec::kProtocolV5) : protocol_(protocol) {}

  void SetUp() override {
    tasks_.Spawn("session", Run());
    clock_.Advance(0s);
  }
  void TearDown() override {
    tasks_.Cancel();
    clock_.Advance(10s);
  }

  awaitable<void> Run() {
    co_await session_.Run();
    over_ = true;
  }
  void Come(Channel channel, std::string_view data) {
    stream_.Bring(base::EncodeWebSocketFrame({.payload = exec::EncodeFrame(channel, data)}, 1));
    clock_.Advance(0s);
  }
  bool Told(Channel channel, std::string_view data) const {
    return stream_.written.contains(exec::EncodeFrame(channel, data));
  }

  boost::asio::io_context io_{1};
  base::ManualClock clock_{io_};
  base::FakeByteStream stream_{io_.get_executor()};
  FakeProcess process_{io_.get_executor()};
  base::WebSocket socket_{stream_, base::WebSocketSide::kServer, "", base::Random(1),
                          io_.get_executor()};
  const std::string protocol_;
  ExecSession session_{socket_, protocol_, process_, clock_, io_.get_executor()};
  base::TaskGroup tasks_{io_.get_executor()};
  bool over_ = false;
};

TEST_F(ExecSessionTest, InputSizeAndEndOfInputReachTheCommand) {
  Come(Channel::kInput, "abc");
  Come(Channel::kResize, R"({"Width":97,"Height":33})");
  EXPECT_FALSE(process_.input_closed);
  Come(Channel::kClose, std::string(1, '\0'));

  EXPECT_EQ(process_.input, "abc");
  EXPECT_EQ(process_.size, std::pair(97, 33));
  EXPECT_TRUE(process_.input_closed);
  EXPECT_FALSE(process_.killed);
}

class ExecSessionWithoutProtocolTest : public ExecSessionTest {
 protected:
  ExecSessionWithoutProtocolTest() : ExecSessionTest("") {}
};

TEST_F(ExecSessionWithoutProtocolTest, BeginsWithAnOutputOfNoBytes) {
  EXPECT_EQ(stream_.written, "\x82\x01\x01");
}

TEST_F(ExecSessionWithoutProtocolTest, EndOfTheInputCannotBeTold) {
  Come(Channel::kInput, "abc");
  Come(Channel::kClose, std::string(1, '\0'));

  EXPECT_EQ(process_.input, "abc");
  EXPECT_FALSE(process_.input_closed);
  EXPECT_FALSE(process_.killed);
}

TEST_F(ExecSessionWithoutProtocolTest, TextAndEmptyMessagesAreTaken) {
  std::string text = base::EncodeWebSocketFrame({.payload = std::string("\0abc", 4)}, 1);
  text[0] = '\x81';
  stream_.Bring(base::EncodeWebSocketFrame({}, 1) + text);
  clock_.Advance(0s);

  EXPECT_EQ(process_.input, "abc");
}

TEST_F(ExecSessionTest, ExitCodeIsToldOnceTheOutputHasEnded) {
  process_.Exit(3);
  clock_.Advance(1s);
  process_.Print("late");
  clock_.Advance(1s);
  EXPECT_TRUE(Told(Channel::kOutput, "late"));
  EXPECT_FALSE(Told(Channel::kStatus, exec::EncodeEnd({.exit_code = 3})));

  process_.CloseOutputs();
  clock_.Advance(0s);

  EXPECT_TRUE(Told(Channel::kStatus, exec::EncodeEnd({.exit_code = 3})));
}

TEST_F(ExecSessionTest, TwoSecondsOfSilenceAreAnEndAfterTheExit) {
  process_.Exit(0);
  clock_.Advance(1999ms);
  EXPECT_FALSE(Told(Channel::kStatus, exec::EncodeEnd({})));
  clock_.Advance(1ms);
  EXPECT_TRUE(Told(Channel::kStatus, exec::EncodeEnd({})));
  EXPECT_FALSE(process_.killed);
}

TEST_F(ExecSessionTest, ClientThatGoesTakesTheCommandAlong) {
  stream_.Bring("");
  clock_.Advance(0s);

  EXPECT_TRUE(process_.killed);
  EXPECT_TRUE(over_);
}

TEST_F(ExecSessionTest, ClientThatBreaksTheProtocolIsOne) {
  Come(Channel::kResize, "wide");

  EXPECT_TRUE(process_.killed);
  EXPECT_TRUE(over_);
}

TEST_F(ExecSessionTest, FourHoursWithoutAByteEndIt) {
  clock_.Advance(3h);
  process_.Print("x");
  clock_.Advance(4h - 1s);
  EXPECT_FALSE(process_.killed);
  clock_.Advance(1s);
  EXPECT_TRUE(process_.killed);
}

TEST_F(ExecSessionTest, ADayEndsItWhateverIsPrinted) {
  for (int hour = 0; hour < 23; ++hour) {
    clock_.Advance(1h);
    process_.Print("x");
  }
  clock_.Advance(1h - 1s);
  EXPECT_FALSE(process_.killed);
  clock_.Advance(1s);
  EXPECT_TRUE(process_.killed);
}

}  // namespace
}  // namespace vk::fake
