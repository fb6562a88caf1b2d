// The calls on one container of a group.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "proto/eci/v1/container.pb.h"
#include "proto/eci/v1/container_group.pb.h"
#include "tools/fake_eci/engine/calls/handlers.h"
#include "tools/fake_eci/engine/calls/selection.h"
#include "tools/fake_eci/engine/cloud_error.h"
#include "tools/fake_eci/engine/group/group_host.h"
#include "tools/fake_eci/engine/group/spec.h"
#include "tools/fake_eci/engine/parameter_checks.h"
#include "tools/fake_eci/engine/text.h"
#include "tools/fake_eci/engine/world.h"

namespace vk::fake {
namespace {

constexpr int kDefaultTail = 500;
constexpr int kMaxTail = 2000;
constexpr std::int64_t kMaxLogBytes = 1 << 20;
constexpr std::size_t kMaxCommandItems = 20;
constexpr std::size_t kMaxCommandItem = 256;

base::Result<SimulatedContainer*> GetContainer(Group& group, const std::string& name) {
  if (SimulatedContainer* container = group.Find(name)) return container;
  return std::unexpected(
      InvalidParameter("ContainerName", fmt::format("the group has no container \"{}\"", name)));
}

// What is attached to has the terminal and the input that it was made with, as with the kubelet.
void Attach(const eci::v1::CreateContainerGroupRequest& spec, const std::string& name,
            HostCommand* command) {
  const auto found = std::ranges::find(spec.container(), name,
                                       [](const auto& container) { return container.name(); });
  // Init containers have neither.
  const bool has = found != spec.container().end();
  command->terminal = has && found->tty();
  command->input = command->input && has && found->stdin();
}

// From when on lines are wanted.
base::Result<base::WallTime> LogStart(const World& world,
                                      const eci::v1::DescribeContainerLogRequest& request) {
  base::WallTime start{};
  if (!request.start_time().empty()) {
    const auto parsed = ParseTime(request.start_time());
    if (!parsed) return std::unexpected(InvalidParameter("StartTime", "it is not RFC 3339"));
    start = *parsed;
  }
  if (request.since_seconds() > 0) {
    start = std::max(start, world.now.wall - std::chrono::seconds(request.since_seconds()));
  }
  return start;
}

std::vector<LogLine> ReadLog(const World& world, const Group& group,
                             const SimulatedContainer& container, bool previous) {
  if (world.host != nullptr) {
    const int life = container.LifeShown(previous);
    if (life < 0) return {};
    return world.host->ReadLog(
        group, static_cast<std::size_t>(&container - group.containers.data()), life);
  }
  return previous ? container.previous_log : container.log;
}

std::string Join(const std::vector<LogLine>& lines, bool timestamps) {
  std::string text;
  for (const LogLine& line : lines) {
    if (timestamps) text += TimeText(line.at) + " ";
    text += line.text;
    text += '\n';
  }
  return text;
}

std::string WordsFrom(const std::vector<std::string>& command, std::size_t first) {
  std::string text;
  for (std::size_t i = first; i < command.size(); ++i) {
    if (i > first) text += ' ';
    text += command[i];
  }
  return text;
}

std::string PrintEnvironment(const Group& group, const std::string& container_name) {
  const eci::v1::CreateContainerGroupRequest spec = ParseSpec(group);
  std::string text = fmt::format("HOSTNAME={}\n", group.name);
  const auto print = [&](const auto& containers) {
    for (const auto& container : containers) {
      if (container.name() != container_name) continue;
      for (const auto& entry : container.environment_var()) {
        text += fmt::format("{}={}\n", entry.key(),
                            entry.has_field_ref() ? group.address : entry.value());
      }
    }
  };
  print(spec.container());
  print(spec.init_container());
  return text;
}

// All that a simulated container can do: echo, env, exit; also as `sh -c`.
std::string RunScript(const Group& group, const std::string& container,
                      std::vector<std::string> command) {
  if (command.size() == 3 && command[1] == "-c") {
    const std::string script = command[2];
    command.clear();
    std::size_t start = 0;
    while (start < script.size()) {
      const std::size_t end = std::min(script.find(' ', start), script.size());
      if (end > start) command.push_back(script.substr(start, end - start));
      start = end + 1;
    }
  }
  const std::string name = command.empty() ? "" : command.front();
  if (name == "echo") return WordsFrom(command, 1) + "\n";
  if (name == "env") return PrintEnvironment(group, container);
  if (name == "exit") {
    const std::string code = command.size() > 1 ? command[1] : "0";
    return code == "0" ? "" : "command terminated with exit code " + code + "\n";
  }
  return fmt::format("exec: \"{}\": executable file not found in $PATH\n", name);
}

}  // namespace

VK_FAKE_HANDLER(DescribeContainerLog) {
  VK_TRY(group, GetGroup(world, request.region_id(), request.container_group_id()));
  const auto hidden = world.options.behaviours.hidden.find(group->id);
  if (hidden != world.options.behaviours.hidden.end() && hidden->second == Hidden::kEverywhere)
    return std::unexpected(CloudError("InvalidContainerGroupId.NotFound"));
  VK_TRY(container, GetContainer(*group, request.container_name()));
  VK_CHECK_OK(CheckRange("Tail", request.has_tail(), request.tail(), 1, kMaxTail));
  VK_TRY(start, LogStart(world, request));

  std::vector<LogLine> lines = ReadLog(world, *group, *container, request.last_time());
  std::erase_if(lines, [&](const LogLine& line) { return line.at < start; });
  const auto tail = static_cast<std::size_t>(request.has_tail() ? request.tail() : kDefaultTail);
  if (lines.size() > tail) {
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(tail));
  }
  std::string content = Join(lines, request.timestamps());
  const auto limit = static_cast<std::size_t>(
      request.has_limit_bytes() ? std::clamp<std::int64_t>(request.limit_bytes(), 1, kMaxLogBytes)
                                : kMaxLogBytes);
  if (content.size() > limit) content.resize(limit);

  eci::v1::DescribeContainerLogResponse reply;
  reply.set_container_name(request.container_name());
  reply.set_content(std::move(content));
  return reply;
}

VK_FAKE_HANDLER(ExecContainerCommand) {
  VK_TRY(group, GetGroup(world, request.region_id(), request.container_group_id()));
  VK_TRY(container, GetContainer(*group, request.container_name()));
  VK_TRY(command, ParseTextArray("Command", request.command()));
  const bool too_long = std::ranges::any_of(
      command, [](const std::string& item) { return item.size() > kMaxCommandItem; });
  if (command.size() > kMaxCommandItems || too_long) {
    return std::unexpected(CloudError("InvalidParameter.ValueExceeded",
                                      "Command has at most 20 items of 256 characters."));
  }
  if (!container->running()) {
    return std::unexpected(CloudError("IncorrectStatus", "The container is not running."));
  }
  if (command.empty() && request.sync()) {
    return std::unexpected(InvalidParameter(
        "Command", "it is empty, which attaches to the container; leave out Sync"));
  }
  eci::v1::ExecContainerCommandResponse reply;
  const auto index = static_cast<std::size_t>(container - group->containers.data());
  if (!request.sync()) {
    const std::string token = world.random.HexDigits(32);
    reply.set_web_socket_uri(world.options.exec_url + "?s=" + token);
    if (world.host != nullptr) {
      world.command = {.group = group->number,
                       .container = index,
                       .command = command,
                       .token = token,
                       .terminal = request.tty(),
                       .input = !request.has_stdin() || request.stdin()};
      if (command.empty()) Attach(ParseSpec(*group), container->name, &*world.command);
    }
    return reply;
  }
  if (request.tty()) {
    return std::unexpected(InvalidParameter("TTY", "it must be false when Sync is true"));
  }
  if (!command.empty() && command.front() == "/bin/bash") {
    return std::unexpected(InvalidParameter("Command", "Sync does not take /bin/bash"));
  }
  if (world.host != nullptr) {
    world.command = {.group = group->number, .container = index, .command = command};
    return reply;
  }
  reply.set_sync_response(RunScript(*group, container->name, command));
  return reply;
}

}  // namespace vk::fake
