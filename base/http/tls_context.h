#pragma once

#include <memory>
#include <string>

namespace boost::asio::ssl {
class context;
}

namespace vk::base {

// The two opaque classes of tls.h, as base/http itself sees them.
class TlsClientContext {
 public:
  std::shared_ptr<boost::asio::ssl::context> context;
  std::string server_name;  // Empty: the host that is dialled.
};

class TlsServerContext {
 public:
  std::shared_ptr<boost::asio::ssl::context> context;
};

}  // namespace vk::base
