#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/http/message.h"
#include "base/result.h"

namespace vk::base {

// Whether the same request may be sent twice. Decides what happens when a reused connection fails
// before the first byte of the reply: kSafe repeats once on a new connection, kOnce reports
// kUnavailable.
enum class Repeat { kSafe, kOnce };

// A reply that is read while it arrives, such as a watch or a followed log. Owned by one coroutine;
// destroying it closes the connection.
class HttpStream {
 public:
  virtual ~HttpStream() = default;

  virtual int status() const = 0;
  virtual const HttpHeaders& headers() const = 0;

  // The next bytes of the body as they came, at least one; empty at its regular end.
  // Errors: kDeadlineExceeded when nothing came before `deadline` (the stream stays usable),
  // kUnavailable when the connection broke, kCancelled.
  virtual boost::asio::awaitable<Result<std::string>> Read(TimePoint deadline) = 0;
};

// One HTTP/1.1 server, reached over a bounded pool of connections. Used on one io_context's thread.
class HttpTransport {
 public:
  virtual ~HttpTransport() = default;

  // Sends and reads the whole reply. Callers beyond the pool's size wait in order, within their
  // deadlines. Errors: kUnavailable (no connection, or it broke; message says which),
  // kDeadlineExceeded (the effect may have happened), kUnauthenticated (TLS: one side does not
  // trust the other's certificate), kCancelled, kInternal (a reply over the size limit or not
  // HTTP), kInvalidArgument (method, target or a header cannot go on the wire; nothing was sent),
  // NotSentError (request.permit said no when it was to be written; a repetition that is not
  // permitted leaves the first try's error). Idempotence is the caller's to say, by `repeat`.
  virtual boost::asio::awaitable<Result<HttpResponse>> Send(HttpRequest request, Repeat repeat,
                                                            TimePoint deadline) = 0;

  // Sends on a connection of its own, outside the pool, and returns when the reply's header has
  // come. Errors as Send.
  virtual boost::asio::awaitable<Result<std::unique_ptr<HttpStream>>> Open(HttpRequest request,
                                                                           TimePoint deadline) = 0;
};

}  // namespace vk::base
