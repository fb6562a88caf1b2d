#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "tools/fake_eci/engine/cloud.h"
#include "tools/fake_eci/engine/cloud_driver.h"

namespace vk::fake {

// The cloud's controls over gRPC (proto/fake/v1/control.proto). gRPC's own threads stop at the
// edge: whatever they are asked runs as one piece on the cloud's thread. Listens from Start on.
class ControlService {
 public:
  // Opens a stream to a port of a group and returns its URL.
  using OpenPort = std::function<base::Result<std::string>(const std::string& group, int port)>;

  // `listen` is HOST:PORT; port 0 picks one. Errors: kUnavailable when it cannot listen there.
  // REQUIRES: cloud and driver belong to the executor's thread and outlive the service.
  static base::Result<std::unique_ptr<ControlService>> Start(const std::string& listen,
                                                             Cloud& cloud, CloudDriver& driver,
                                                             boost::asio::any_io_executor executor,
                                                             OpenPort open_port);
  virtual ~ControlService() = default;

  // The bound address, such as "127.0.0.1:18081".
  virtual std::string address() const = 0;

  // Refuses new calls and blocks until the running ones, which need the executor's thread, have
  // ended: to be called from another thread while the executor runs, or from any once nothing runs
  // any more. The destructor calls it.
  virtual void Stop() = 0;
};

}  // namespace vk::fake
