#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <utility>

namespace vk::base {

// What kind of failure it was, as far as a caller can act on it. The comment says when to use it
// and not its neighbour.
enum class ErrorCode {
  kCancelled,         // The caller gave up; never retried, never logged as a failure.
  kDeadlineExceeded,  // No answer in time. The effect may or may not have happened.
  kUnavailable,       // The other side cannot answer now; the same call may work later.
  kThrottled,         // Refused for its rate; retry_after says when, if the other side told us.
  kNotFound,
  kAlreadyExists,
  kConflict,          // Somebody else changed it; read again, then decide again.
  kInvalidArgument,   // Our request is wrong; repeating it is pointless.
  kPermissionDenied,  // Known caller, not allowed. Unknown caller: kUnauthenticated.
  kUnauthenticated,
  kQuotaExceeded,  // Allowed in kind, not in amount; retried slowly, since quotas get raised.
  kNoCapacity,     // The cloud has none of this size here; another zone or size may have.
  kInternal,       // A bug, ours or theirs.
};

// A failure as a value: what failed, why, and what the caller can do. Immutable in practice, cheap
// to move. `message` reads "verb object: cause", lower case, without ids that the caller logs as
// fields.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
  // The other side's own word: ECI's code ("OperationDenied.NoStock"), Kubernetes's reason followed
  // by the field of its first cause ("Invalid metadata.uid"). Empty when it gave none, or never
  // answered.
  std::string cloud_code;
  std::string request_id;  // What the cloud's support asks for; empty when there was no reply.
  std::optional<std::chrono::milliseconds> retry_after;
  // An earlier try of this call got no definite answer and may have taken effect, although the last
  // one was refused.
  bool earlier_try_open = false;

  Error(ErrorCode error_code, std::string text) : code(error_code), message(std::move(text)) {}

  // Returns this error with "context: " in front of its message.
  [[nodiscard]] Error In(const std::string& context) && {
    message.insert(0, context + ": ");
    return std::move(*this);
  }
};

// A class of its own and not an alias: std::expected of libstdc++ 12 is not [[nodiscard]].
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
};
using Status = Result<void>;

}  // namespace vk::base

// VK_TRY(pod, Parse(bytes)) declares `pod`, or returns the error from the enclosing function; its
// own statement in a block, never the body of an `if`. VK_CHECK_OK(Send(x)) is the same for a
// Status. In a coroutine: VK_CO_TRY, VK_CO_CHECK_OK.
#define VK_TRY(name, ...)                                                       \
  auto name##_result = (__VA_ARGS__);                                           \
  if (!name##_result) return std::unexpected(std::move(name##_result).error()); \
  auto& name = *name##_result
#define VK_CO_TRY(name, ...)                                                       \
  auto name##_result = (__VA_ARGS__);                                              \
  if (!name##_result) co_return std::unexpected(std::move(name##_result).error()); \
  auto& name = *name##_result
#define VK_CHECK_OK(...)                                    \
  do {                                                      \
    if (auto vk_status = (__VA_ARGS__); !vk_status)         \
      return std::unexpected(std::move(vk_status).error()); \
  } while (false)
#define VK_CO_CHECK_OK(...)                                    \
  do {                                                         \
    if (auto vk_status = (__VA_ARGS__); !vk_status)            \
      co_return std::unexpected(std::move(vk_status).error()); \
  } while (false)
