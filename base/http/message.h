#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/send_permit.h"

namespace vk::base {

// Header fields in order; names compare without case.
using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

// The first value of `name`, or empty.
std::string_view FindHeader(const HttpHeaders& headers, std::string_view name);

struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";  // Path and query as they go on the wire.
  // Host, Connection, Content-Length and Transfer-Encoding are the transport's own: ignored here.
  HttpHeaders headers{};
  std::string body{};
  // No part of the message: asked by the transport that sends it; null: it may always be sent.
  // REQUIRES: it outlives the call.
  const SendPermit* permit = nullptr;
};

// A reply as data: a 4xx or 5xx is not an error here, the layer above makes it one.
struct HttpResponse {
  int status = 0;
  HttpHeaders headers{};
  std::string body{};
  TimePoint sent{};  // When its request began to be written, as a client sees it.
};

}  // namespace vk::base
