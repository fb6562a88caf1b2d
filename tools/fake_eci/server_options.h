#pragma once

#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "tools/fake_eci/authenticator.h"
#include "tools/fake_eci/engine/options.h"

namespace vk::fake {

// What the program was asked to be.
struct ServerOptions {
  std::string listen = "127.0.0.1:18080";
  std::string control_listen = "127.0.0.1:18081";
  std::string certificate_pem;  // Empty: plain HTTP.
  base::SecretString private_key_pem;
  std::vector<AccessKey> keys;
  base::LogLevel log_level = base::LogLevel::kInfo;
  CloudOptions cloud;
};

// What a command line comes to.
struct CommandLine {
  enum class Kind { kRun, kHelp, kError };
  Kind kind = Kind::kRun;
  std::string text;  // Help, or every problem, each on a line with its remedy.
  ServerOptions options;
};

// Reads the command line and the files it names. Never fails: a bad one is an answer, too.
CommandLine ParseCommandLine(int argc, const char* const* argv);

}  // namespace vk::fake
