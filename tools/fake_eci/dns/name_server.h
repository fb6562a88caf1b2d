#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"

namespace vk::fake {

class Zones;

struct NameServerOptions {
  std::string listen;  // ADDRESS:PORT, for UDP and TCP; port 0 picks one that is free for both.
  // Listens on an address that this machine has not yet, such as that of a bridge to come.
  bool address_may_come_later = false;
};

// A name server for the zones (answer.h), asynchronous on one io_context's thread. A TCP client
// that says or takes nothing for some seconds is left, as is one whose question is over 4 KiB;
// beyond 64 clients others wait. REQUIRES: Stop before destruction.
class NameServer {
 public:
  // Where the zones are at the moment of a question.
  using ZonesNow = std::function<const Zones&()>;

  // Errors: kInvalidArgument (no address), kUnavailable (cannot listen there).
  // REQUIRES: clock and log outlive it.
  static base::Result<std::unique_ptr<NameServer>> Start(NameServerOptions options,
                                                         ZonesNow zones_now,
                                                         boost::asio::any_io_executor executor,
                                                         base::Clock& clock, base::Log& log);
  virtual ~NameServer() = default;

  // "127.0.0.1:53"
  virtual std::string address() const = 0;

  virtual boost::asio::awaitable<void> Stop() = 0;
};

}  // namespace vk::fake
