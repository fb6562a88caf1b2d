#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vk::base {

// A connection as bytes, whether TLS lies under it or not, so that the HTTP code is compiled once.
// One coroutine at a time reads and one writes, beside each other. Destroying it closes the
// connection. What the arguments refer to outlives the call. No call has a time limit of its own:
// see WithDeadline.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  // Reads what has come, at least one byte; 0 at the other side's orderly end. After kCancelled the
  // stream stays usable and no byte is lost.
  // Errors: kUnavailable, kCancelled, kUnauthenticated (TLS: it refused our certificate).
  virtual boost::asio::awaitable<Result<std::size_t>> ReadSome(std::span<char> into) = 0;

  // Writes all of `bytes`. After an error an unknown part was written and nothing more may be.
  virtual boost::asio::awaitable<Status> Write(std::string_view bytes) = 0;

  // Tells the other side that nothing more will be written. Reading goes on.
  virtual boost::asio::awaitable<void> Finish() = 0;

  // True while the other side has neither sent anything unread nor closed.
  virtual bool Silent() = 0;
};

// Appends to `input` what ReadSome brings and returns how much that was.
boost::asio::awaitable<Result<std::size_t>> ReadInto(ByteStream& stream, std::string* input);

}  // namespace vk::base
