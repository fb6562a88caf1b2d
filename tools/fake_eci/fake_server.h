#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/http/server.h"
#include "base/log.h"
#include "base/random.h"
#include "base/task_group.h"
#include "tools/fake_eci/containerd/containerd_host.h"
#include "tools/fake_eci/control/control_service.h"
#include "tools/fake_eci/dns/name_server.h"
#include "tools/fake_eci/engine/cloud.h"
#include "tools/fake_eci/engine/cloud_driver.h"
#include "tools/fake_eci/exec/exec_sessions.h"
#include "tools/fake_eci/open_api/authenticator.h"
#include "tools/fake_eci/open_api/open_api.h"
#include "tools/fake_eci/server_options.h"

namespace vk::fake {

// The whole fake cloud on one io_context's thread: the engine, its driver, the OpenAPI, the name
// servers and the control service. Serves once started. REQUIRES: Stop before destruction.
class FakeServer {
 public:
  // Errors: kInvalidArgument (address, certificate, a file that cannot be written), kUnavailable
  // (cannot listen there); nothing is left running then.
  // REQUIRES: clock and log live on the executor's thread and outlive the server.
  static boost::asio::awaitable<base::Result<std::unique_ptr<FakeServer>>> Start(
      ServerOptions options, boost::asio::any_io_executor executor, base::Clock& clock,
      base::Random random, base::Log& log);
  ~FakeServer();

  // "http://127.0.0.1:18080"
  std::string url() const { return "http://" + http_->address(); }
  // "https://127.0.0.1:18443"; empty when HTTPS is not served.
  std::string tls_url() const { return https_ ? "https://" + https_->address() : ""; }
  // "127.0.0.1:18081"
  std::string control_address() const { return control_->address(); }
  // "127.0.0.1:53"; of several, separated by commas; empty when names are not served.
  std::string dns_addresses() const;
  Cloud& cloud() { return cloud_; }

  // Stops every part that was started, also after a start that failed half-way.
  boost::asio::awaitable<void> Stop();

 private:
  FakeServer(ServerOptions options, boost::asio::any_io_executor executor, base::Clock& clock,
             base::Random random, base::Log& log);
  boost::asio::awaitable<void> GiveUp();  // Stop, and nothing that it has started goes on.
  boost::asio::awaitable<base::Status> StartRuntime(const RuntimeOptions& options);
  const Group* AdoptGroup(std::string_view snapshot, const std::vector<FoundContainer>& containers);
  void Hear(const auto& report);
  base::Result<std::string> OpenPort(const std::string& group, int port);
  base::Status Listen(const ServerOptions& options);  // Part of it may run when it fails.
  base::Status StartNameServer(NameServerOptions options);
  base::Result<std::unique_ptr<base::HttpServer>> StartApi(
      const std::string& listen, std::shared_ptr<base::TlsServerContext> tls);

  boost::asio::any_io_executor executor_;
  base::Clock& clock_;
  base::Log& log_;
  std::unique_ptr<ContainerdHost> host_;         // Null: containers are simulated.
  std::unique_ptr<ExecSessions> exec_sessions_;  // Null with it.
  Cloud cloud_;
  CloudDriver driver_;
  Authenticator authenticator_;
  OpenApi api_;
  base::TaskGroup tasks_;
  std::unique_ptr<base::HttpServer> http_;
  std::unique_ptr<base::HttpServer> https_;  // Null when it is not served.
  std::vector<std::unique_ptr<NameServer>> name_servers_;
  std::unique_ptr<ControlService> control_;
};

}  // namespace vk::fake
