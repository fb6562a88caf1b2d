#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/secret.h"
#include "tools/fake_eci/containerd/containerd_options.h"
#include "tools/fake_eci/engine/options.h"
#include "tools/fake_eci/open_api/authenticator.h"

namespace vk::fake {

// Where and as whom the OpenAPI is served over HTTPS.
struct TlsOptions {
  std::string listen = "127.0.0.1:0";
  // Empty: a new certificate that signs itself, for localhost and the loopback addresses.
  std::string certificate_pem{};
  base::SecretString private_key_pem{};
  // Where that one is written before anything listens, in PEM, for clients to trust; empty:
  // nowhere.
  std::string authority_file{};
};

// Real containers.
struct RuntimeOptions {
  ContainerdOptions containerd;
  std::string folder = "/var/lib/fake-eci";
};

// What the program was asked to be.
struct ServerOptions {
  std::string listen = "127.0.0.1:18080";
  std::string control_listen = "127.0.0.1:18081";
  std::optional<TlsOptions> tls;  // The OpenAPI over HTTPS besides.
  std::string dns_listen{};       // Where the name server listens; empty: none.
  std::vector<AccessKey> keys;
  base::LogLevel log_level = base::LogLevel::kInfo;
  CloudOptions cloud;
  std::optional<RuntimeOptions> runtime;  // Unset: containers are simulated.
};

// What a command line comes to.
struct CommandLine {
  enum class Kind { kRun, kPurge, kHelp, kError };
  Kind kind = Kind::kRun;
  std::string text;  // Help or version, or every problem, each on a line with its remedy.
  ServerOptions options;
};

// Reads the command line and the files it names. Never fails: a bad one is an answer, too.
CommandLine ParseCommandLine(int argc, const char* const* argv);

}  // namespace vk::fake
