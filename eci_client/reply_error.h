#pragma once

#include <chrono>
#include <optional>

#include "base/http/message.h"
#include "base/result.h"

namespace vk::eci {

// The error an HTTP reply that is not a success stands for. `code` as CodeFor says; `message` is
// the cloud's own and what to do about it; request_id from the body, else from x-acs-request-id;
// retry_after as RetryAfter says.
//
// JSON and XML bodies are the cloud's word. Anything else (a proxy's page, a body cut short) is
// nobody's definite refusal: kUnavailable, or kThrottled for 429, and the body is not repeated.
//
// The message may still repeat parameters of the request: see redaction.h.
base::Error ErrorFromReply(const base::HttpResponse& reply);

// When to come back, from Retry-After (seconds) or from the flow control's x-ratelimit-user-api and
// x-ratelimit-user ("Remain:0,TimeLeft:5000", milliseconds); the longest of them, at most ten
// minutes. Nothing when the reply does not say.
std::optional<std::chrono::milliseconds> RetryAfter(const base::HttpHeaders& headers);

}  // namespace vk::eci
