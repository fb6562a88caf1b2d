#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace vk::demo {

// When executors are asked for: all of them at once, or as Spark does (executor_allocator.h).
enum class AllocationRule { kAll, kSpark24, kSpark3 };
std::string_view NameOf(AllocationRule rule);

struct Options {
  std::string kubeconfig;
  std::string control;    // HOST:PORT of fake-eci's control service.
  std::string agent_log;  // File that the agent logs to; empty: its own times are not known.
  int executors = 100;
  AllocationRule allocation = AllocationRule::kAll;
  int batch = 5;  // Executors at a time, unless all are; Spark's own default up to 3.5.
  std::string profile = "article";  // Only a word in the report.
  std::string report;               // File to write; empty: none.
  bool keep = false;                // Leave the application running.
  std::chrono::seconds limit{300};  // For all executors to run, and again for all to go.
};

struct CommandLine {
  enum class Kind { kRun, kHelp, kError };
  Kind kind = Kind::kRun;
  Options options;
  std::string text;  // The help, or what is wrong.
};

// Never exits and prints nothing.
CommandLine ParseCommandLine(int argc, const char* const* argv);

}  // namespace vk::demo
