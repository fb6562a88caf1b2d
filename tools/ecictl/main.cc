#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/exec_channel/exec_channel.h"
#include "base/version.h"
#include "proto/fake/v1/control.pb.h"
#include "tools/ecictl/eci_actions.h"
#include "tools/ecictl/eci_command.h"
#include "tools/ecictl/exec_command.h"
#include "tools/ecictl/fake_commands.h"
#include "tools/ecictl/forward_command.h"

namespace {

using vk::base::Result;
using vk::ecictl::Format;

constexpr int kFailed = 1;
constexpr int kBadInput = 2;

using Command = std::function<Result<std::string>()>;

struct Flags {
  std::string control = "127.0.0.1:18081";
  Format format = Format::kTable;
  std::string action;
  vk::fake::v1::Fault fault;
  vk::ecictl::EciCommandLine eci;
  vk::ecictl::ExecCommandLine exec;
  std::string ports;
  int exit_code = 0;  // The code of a command that was run for its own.
};

vk::eci::Environment ReadEnvironment(const char* const* entries) {
  vk::eci::Environment environment;
  for (; *entries != nullptr; ++entries) {
    const std::string_view entry(*entries);
    const std::size_t equals = entry.find('=');
    if (equals == entry.npos) continue;
    environment.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return environment;
}

void AddShared(CLI::App& command, Flags& flags) {
  static const std::map<std::string, Format> formats = {{"json", Format::kJson},
                                                        {"table", Format::kTable}};
  command.add_option("--control", flags.control, "HOST:PORT of fake-eci's control service")
      ->capture_default_str();
  command.add_option("-o,--output", flags.format, "json or table")
      ->transform(CLI::CheckedTransformer(formats));
}

// The flags of one new rule.
void AddFaultFlags(CLI::App& command, Flags& flags) {
  const auto text = [&command](const std::string& name, std::function<void(std::string)> set,
                               const std::string& help) {
    return command.add_option_function<std::string>(
        name, [set](const std::string& value) { set(value); }, help);
  };
  text(
      "--kind", [&flags](const std::string& v) { flags.fault.set_kind(v); }, "what goes wrong")
      ->required()
      ->check(CLI::IsMember({"error", "error-after", "latency", "lost-reply", "empty-listing"}));
  text(
      "--action", [&flags](const std::string& v) { flags.fault.set_action(v); },
      "such as CreateContainerGroup; every action without it");
  text(
      "--caller", [&flags](const std::string& v) { flags.fault.set_caller(v); },
      "access key id; everybody without it");
  text(
      "--code", [&flags](const std::string& v) { flags.fault.set_code(v); },
      "error code, ServiceUnavailable without it");
  command.add_option_function<std::int64_t>(
      "--latency-ms", [&flags](std::int64_t ms) { flags.fault.set_latency_ms(ms); },
      "how much later the answer comes");
  command
      .add_option_function<double>(
          "--probability", [&flags](double share) { flags.fault.set_probability(share); },
          "share of the calls that are struck, 1 without it")
      ->check(CLI::Range(0.0, 1.0));
  command.add_option_function<int>(
      "--count", [&flags](int count) { flags.fault.set_count(count); },
      "how often it strikes; for ever without it");
}

void AddFake(CLI::App& app, Flags& flags, Command& chosen) {
  CLI::App* fake = app.add_subcommand("fake", "controls of fake-eci");
  fake->require_subcommand(1);
  const auto add = [&](CLI::App* parent, const std::string& name, const std::string& help,
                       Command command) {
    CLI::App* added = parent->add_subcommand(name, help);
    AddShared(*added, flags);
    added->callback([&chosen, command] { chosen = command; });
    return added;
  };
  add(fake, "groups", "every group ever made, with the moments of its life",
      [&flags] { return vk::ecictl::FakeGroups(flags.control, flags.format); });
  add(fake, "calls", "every call and what became of it", [&flags] {
    return vk::ecictl::FakeCalls(flags.control, flags.action, flags.format);
  })->add_option("--action", flags.action, "only calls of this action");
  add(fake, "reset", "forgets groups, records and faults",
      [&flags] { return vk::ecictl::FakeReset(flags.control); });

  CLI::App* fault = fake->add_subcommand("fault", "rules for calls that go wrong");
  fault->require_subcommand(1);
  AddFaultFlags(*add(fault, "add", "makes calls go wrong from now on",
                     [&flags] { return vk::ecictl::FakeAddFault(flags.control, flags.fault); }),
                flags);
  add(fault, "list", "the rules that stand",
      [&flags] { return vk::ecictl::FakeListFaults(flags.control, flags.format); });
  add(fault, "clear", "removes all rules",
      [&flags] { return vk::ecictl::FakeClearFaults(flags.control); });
}

void AddEci(CLI::App& app, Flags& flags, const vk::eci::Environment& environment, Command& chosen) {
  CLI::App* eci = app.add_subcommand(
      "eci", "one call of the API, its reply as JSON: ecictl eci ACTION KEY=VALUE...");
  eci->add_option("action", flags.eci.action, "such as DescribeContainerGroups")->required();
  eci->add_option("parameters", flags.eci.parameters,
                  "KEY=VALUE, keys as on the wire: RegionId=cn-hangzhou Tag.1.Key=team");
  eci->add_option("--endpoint", flags.eci.endpoint,
                  "URL; default $ECI_ENDPOINT, else the region's own");
  const std::string actions =
      fmt::format("Actions:\n  {}", fmt::join(vk::ecictl::EciActions(), "\n  "));
  eci->footer(
      "Credentials: ECI_ACCESS_KEY, ECI_SECRET_KEY, ECI_SECURITY_TOKEN. RegionId defaults to "
      "$ECI_REGION.\n\n" +
      actions);
  eci->callback([&] { chosen = [&] { return vk::ecictl::EciCommand(flags.eci, environment); }; });
}

// What both ways into a container have.
void AddSession(CLI::App& command, Flags& flags) {
  command.add_option("group", flags.exec.group, "id, such as eci-...")->required();
  command.add_option("-c,--container", flags.exec.container,
                     "its name; the group's first without it");
  command.add_flag("-i,--stdin", flags.exec.input, "passes standard input on");
  command.add_flag("-t,--tty", flags.exec.terminal,
                   "gives it a terminal; with -i, standard input has to be one");
  command.add_option("--endpoint", flags.exec.endpoint,
                     "URL; default $ECI_ENDPOINT, else the region's own");
}

void ChooseSession(Flags& flags, const vk::eci::Environment& environment, Command& chosen) {
  chosen = [&]() -> Result<std::string> {
    const auto code = vk::ecictl::ExecCommand(flags.exec, environment);
    if (!code) return std::unexpected(code.error());
    flags.exit_code = *code;
    return "";
  };
}

void AddExec(CLI::App& app, Flags& flags, const vk::eci::Environment& environment,
             Command& chosen) {
  CLI::App* exec = app.add_subcommand(
      "exec", "a command in a running container: ecictl exec GROUP [-c CONTAINER] [-it] -- CMD...");
  AddSession(*exec, flags);
  exec->add_option("--subprotocol", flags.exec.subprotocols,
                   "offered to the server, such as v5.channel.k8s.io, in which the input can end; "
                   "may be given more than once, the best first")
      ->allow_extra_args(false);
  exec->add_option("command", flags.exec.command, "the program and its arguments, behind --")
      ->required();
  exec->footer(
      "The exit code is the command's (128 and the signal's number where one ended it, 126 where "
      "it could not start); 1 when none was told. Messages on the WebSocket are those of "
      "Kubernetes. No subprotocol is offered, as ECI's clients do it; a command then cannot be "
      "told that its "
      "input has ended. fake-eci --runtime containerd also speaks v4.channel.k8s.io and "
      "v5.channel.k8s.io.");
  exec->callback([&] { ChooseSession(flags, environment, chosen); });
}

void AddAttach(CLI::App& app, Flags& flags, const vk::eci::Environment& environment,
               Command& chosen) {
  CLI::App* attach = app.add_subcommand(
      "attach",
      "the streams of a container's own process: ecictl attach GROUP [-c CONTAINER] [-it]");
  AddSession(*attach, flags);
  attach->footer(
      "Ends with the container, with 0. Input is passed on only to a container that was made with "
      "Stdin, and ends it where that has StdinOnce; it has a terminal where it was made with Tty. "
      "ECI "
      "has no such call: fake-eci --runtime containerd has.");
  attach->callback([&] {
    flags.exec.subprotocols = {std::string(vk::exec::kProtocolV5)};
    ChooseSession(flags, environment, chosen);
  });
}

void AddForward(CLI::App& app, Flags& flags, Command& chosen) {
  CLI::App* forward = app.add_subcommand("port-forward",
                                         "a port of this machine to one of a group's loopback: "
                                         "ecictl port-forward GROUP LOCAL:REMOTE");
  forward->add_option("group", flags.exec.group, "id, such as eci-...")->required();
  forward->add_option("ports", flags.ports, "LOCAL:REMOTE, or one number for both")->required();
  forward->add_option("--control", flags.control, "HOST:PORT of fake-eci's control service")
      ->capture_default_str();
  forward->footer(
      "Until SIGINT or SIGTERM. ECI has no such call: fake-eci --runtime containerd has.");
  forward->callback([&] {
    chosen = [&]() -> Result<std::string> {
      VK_TRY(line, vk::ecictl::ParseForward(flags.ports));
      VK_CHECK_OK(vk::ecictl::ForwardPort(line, [&flags, line] {
        return vk::ecictl::FakeOpenPort(flags.control, flags.exec.group, line.remote);
      }));
      return "";
    };
  });
}

// What was wrong, and where to read on: the help of the command as far as it was understood.
std::string Explain(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* at = &app;
  std::string command = app.get_name();
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
    command += " " + at->get_name();
  }
  const std::vector<std::string> rest = at->remaining();
  const bool unknown = at->get_require_subcommand_min() > 0 && !rest.empty();
  if (unknown && !rest.front().starts_with('-'))
    return fmt::format("there is no command {}; {} --help lists all", rest.front(), command);
  return fmt::format("{}; see {} --help", error.what(), command);
}

// 2 for what was typed wrong, 1 for what the other side refused.
int ExitCodeOf(const vk::base::Error& error) {
  const bool typed =
      error.code == vk::base::ErrorCode::kInvalidArgument && error.cloud_code.empty();
  return typed ? kBadInput : kFailed;
}

}  // namespace

int main(int argc, char** argv, char** environment_entries) {
  CLI::App app("ecictl: command line of the elastic container service and of its fake", "ecictl");
  app.require_subcommand(1);
  app.set_version_flag("--version", fmt::format("ecictl {}", vk::base::kVersion));
  Flags flags;
  Command chosen;
  const vk::eci::Environment environment = ReadEnvironment(environment_entries);
  AddEci(app, flags, environment, chosen);
  AddExec(app, flags, environment, chosen);
  AddAttach(app, flags, environment, chosen);
  AddForward(app, flags, chosen);
  AddFake(app, flags, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& answer) {  // Help or version.
    return app.exit(answer);
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "ecictl: {}\n", Explain(app, error));
    return kBadInput;
  }
  const auto text = chosen();
  if (!text) {
    const vk::base::Error& error = text.error();
    fmt::print(stderr, "ecictl: {}\n", error.message);
    if (!error.cloud_code.empty()) fmt::print(stderr, "code: {}\n", error.cloud_code);
    if (!error.request_id.empty()) fmt::print(stderr, "request id: {}\n", error.request_id);
    return ExitCodeOf(error);
  }
  fmt::print("{}", *text);
  return flags.exit_code;
}
