#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "tools/fake_eci/engine/group/usage.h"

namespace vk::fake {

struct Group;
struct LogLine;

// What runs the containers of groups when they are real. The engine says what shall run and in
// which order, by the rules of the cloud and of the kubelet; the host makes it so and tells by
// Cloud::Report what became of it. What it is told about one group happens in that order. Every
// method returns at once, and none reports from within. Used on the engine's thread.
class GroupHost {
 public:
  virtual ~GroupHost() = default;

  // Makes the group's sandbox, with its address. Reported: kPrepared or kNotPrepared.
  virtual void Prepare(const Group& group) = 0;

  // Starts the next life of a container, in place of one that may still run; its image is had as
  // its policy says. Reported: kWaiting as often as that fails, kStarted, readiness, kExited.
  virtual void Start(const Group& group, std::size_t container) = 0;

  // SIGTERM, and SIGKILL after `grace`; kExited follows. A second call may shorten the grace.
  virtual void Stop(const Group& group, std::size_t container, std::chrono::nanoseconds grace) = 0;

  // The group has ended: ends what still runs and gives everything back but the logs. Idempotent.
  virtual void Release(const Group& group) = 0;

  // The group has left the listings: its logs go, too. Implies Release.
  virtual void Forget(const Group& group) = 0;

  // What a container has printed in this life of its, the first is 0; oldest first.
  virtual std::vector<LogLine> ReadLog(const Group& group, std::size_t container,
                                       int life) const = 0;

  // What the group was measured to use after `from` and up to `until`, oldest first.
  virtual std::vector<UsageSample> ReadUsage(const Group& group, base::WallTime from,
                                             base::WallTime until) const = 0;
};

// A command for a container that really runs, once a call has asked for it. Without a command it is
// the container's own process, to be attached to; with a port, a stream to what listens there.
struct HostCommand {
  std::uint64_t group = 0;
  std::size_t container = 0;
  std::vector<std::string> command;
  // What a caller that wants the command's streams will come with. Empty: it wants the output
  // alone, in the reply.
  std::string token{};
  bool terminal = false;
  bool input = false;
  int port = 0;  // On the group's loopback.
};

// What became of something that a GroupHost was told.
struct HostReport {
  enum class Kind {
    kPrepared,
    kNotPrepared,  // `message` says why; Prepare is called again later.
    kWaiting,  // The container cannot start yet: `reason` and `message`. The host goes on trying.
    kStarted,
    kReady,
    kNotReady,
    kExited,
    kEvicted,  // The group took more than it may: `message` says what of. It is to end.
    kEvent,    // Something to show: `warning`, `reason`, `message`. Nothing changes.
  };

  Kind kind;
  std::uint64_t group = 0;    // Its number.
  std::size_t container = 0;  // Set in the kinds that are about one.
  std::uint64_t epoch =
      0;  // The group's (kPrepared, kNotPrepared) or the container's, as it was told.
  std::string reason{};
  std::string message{};
  bool warning = false;
  int exit_code = 0;
  base::WallTime started{};
  base::WallTime finished{};
};

}  // namespace vk::fake
