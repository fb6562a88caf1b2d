#pragma once

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/event.h"
#include "base/http/byte_stream.h"

namespace vk::base {

// A stream whose other side is the test. An empty piece is that side's end.
class FakeByteStream final : public ByteStream {
 public:
  explicit FakeByteStream(boost::asio::any_io_executor executor) : come_(std::move(executor)) {}

  // What the next reads bring, a piece each.
  void Bring(std::string bytes) {
    unread_.push_back(std::move(bytes));
    come_.Set();
  }
  std::string written;

  boost::asio::awaitable<Result<std::size_t>> ReadSome(std::span<char> into) override {
    while (unread_.empty()) VK_CO_CHECK_OK(co_await come_.Wait());
    const std::string bytes = std::move(unread_.front());
    unread_.pop_front();
    co_return bytes.copy(into.data(), into.size());
  }
  boost::asio::awaitable<Status> Write(std::string_view bytes) override {
    written += bytes;
    co_return Status();
  }
  boost::asio::awaitable<void> Finish() override { co_return; }
  bool Silent() override { return unread_.empty(); }

 private:
  Event come_;
  std::deque<std::string> unread_;
};

}  // namespace vk::base
