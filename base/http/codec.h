#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/http/message.h"
#include "base/result.h"

namespace vk::base {

// What is wrong with a message that came.
enum class HttpFault { kNone, kMalformed, kHeaderTooLarge, kBodyTooLarge, kTruncated };

struct ParseLimits {
  std::size_t header_bytes = 64u << 10;
  std::optional<std::uint64_t> body_bytes{};  // Nothing: no limit.
};

// Reads one HTTP/1.1 message (RFC 9112) out of bytes as they arrive. After a fault it is useless.
class MessageParser {
 public:
  virtual ~MessageParser() = default;

  // Takes from the front of `input` what belongs to this message; the rest stays.
  virtual HttpFault Take(std::string* input) = 0;
  // The other side has finished: kTruncated unless that is how this message ends.
  virtual HttpFault TakeEnd() = 0;
  // The parser's own words about the last fault.
  virtual std::string FaultText() const = 0;

  virtual bool header_done() const = 0;
  virtual bool done() const = 0;
  // REQUIRES for the rest: header_done.
  virtual bool keep_alive() const = 0;
  virtual HttpHeaders Headers() const = 0;
  // What came of the body since the last call.
  virtual std::string TakeBody() = 0;
};

class ReplyParser : public MessageParser {
 public:
  virtual int status() const = 0;
};

class RequestParser : public MessageParser {
 public:
  virtual std::string method() const = 0;
  virtual std::string target() const = 0;
  virtual bool http10() const = 0;
  // The client waits for "100 Continue" before it sends the body (RFC 9110, 10.1.1).
  virtual bool expects_continue() const = 0;
};

// `head`: the reply to a HEAD request, which has no body whatever its header says.
std::unique_ptr<ReplyParser> MakeReplyParser(ParseLimits limits, bool head);
std::unique_ptr<RequestParser> MakeRequestParser(ParseLimits limits);

// How the end of an outgoing body is told.
enum class Framing {
  kLength,   // Content-Length.
  kChunked,  // Transfer-Encoding: chunked.
  kClose,    // By closing, for HTTP/1.0.
  kNone,     // There is no body.
};

// The bytes of a whole request. Errors: kInvalidArgument when method, target or a header cannot go
// on the wire as it is (line breaks, spaces), which would let a value pose as another request.
Result<std::string> EncodeRequest(const HttpRequest& request, std::string_view host,
                                  std::string_view user_agent);

// The bytes of a reply's header. Errors: kInvalidArgument as above.
Result<std::string> EncodeReplyHeader(int status, const HttpHeaders& headers, Framing framing,
                                      std::size_t body_size, bool keep_alive);

// One chunk around `bytes`; of none, the last chunk.
std::string EncodeChunk(std::string_view bytes);

}  // namespace vk::base
