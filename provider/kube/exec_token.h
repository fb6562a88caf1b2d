#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "base/clock.h"
#include "provider/kube/command_runner.h"
#include "provider/kube/token_source.h"

namespace vk::kube {

// A credential plugin as a kubeconfig names it.
struct ExecPlugin {
  Command command;           // With the whole environment it shall see.
  std::string api_version;   // "client.authentication.k8s.io/v1"
  std::string install_hint;  // Shown when the program is missing; may be empty.
  std::chrono::seconds limit{60};
};

// Runs the plugin when there is no token, when it expires within 10 s, and after a 401. Callers
// that come meanwhile wait for the same run. Plugins that answer with a client certificate alone
// are refused with a message. REQUIRES: runner and clock outlive it.
std::unique_ptr<TokenSource> MakeExecToken(ExecPlugin plugin, CommandRunner& runner,
                                           base::Clock& clock,
                                           boost::asio::any_io_executor executor);

}  // namespace vk::kube
