#pragma once

#include <boost/asio/awaitable.hpp>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/send_permit.h"

namespace google::protobuf {
class Message;
}

namespace vk::eci {

// One call of an RPC-style Alibaba Cloud API: every action has the same form, so what decorates one
// decorates all. REQUIRES: `request` and `reply` outlive the call.
struct Rpc {
  std::string_view action;  // "CreateContainerGroup"; static storage.
  const google::protobuf::Message* request = nullptr;
  google::protobuf::Message* reply = nullptr;  // Filled on success; unspecified otherwise.
  base::TimePoint deadline;
  const base::SendPermit* permit = nullptr;  // As WriteLimits says.
  int attempt = 1;                           // Which try this is, as the retry channel counts.
};

// A call that succeeded; its message is in Rpc::reply.
struct RpcDone {
  base::TimePoint sent{};  // When the first byte of the try that was answered was written.
};

// A way to the cloud, or a decorator around one. Decorators are ordered in one place,
// channel/factory.h. Errors: as EciApi says. Used on one thread.
class RpcChannel {
 public:
  virtual ~RpcChannel() = default;
  virtual boost::asio::awaitable<base::Result<RpcDone>> Call(Rpc rpc) = 0;
};

}  // namespace vk::eci
