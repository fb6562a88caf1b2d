#pragma once

#include <string_view>

#include "base/result.h"

namespace vk::base {

// Whether a request may still leave this process. Asked by the transport at the moment it would
// write the first byte, after every wait for a turn, a retry or a connection; so the answer may
// change while a call waits. Not asked again once bytes have gone: their answer is waited for.
class SendPermit {
 public:
  virtual ~SendPermit() = default;
  virtual bool MaySend() const = 0;
};

// Error::cloud_code of a request that its permit stopped: nothing of it was sent, so it had no
// effect. The word is ours, since nobody was asked; Error::code is kPermissionDenied.
inline constexpr std::string_view kNotSent = "NotSent";

inline Error NotSentError() {
  Error error(ErrorCode::kPermissionDenied, "send request: its sender may no longer act");
  error.cloud_code = kNotSent;
  return error;
}

inline bool WasNotSent(const Error& error) {
  return error.cloud_code == kNotSent && error.request_id.empty();
}

}  // namespace vk::base
