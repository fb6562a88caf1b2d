#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "tools/fake_eci/engine/group/size_table.h"
#include "tools/fake_eci/engine/records.h"

namespace vk::fake {

// What a container does when nothing real runs it, from its environment: FAKE_ECI_RUN_SECONDS
// (absent: for ever; an init container: no time), FAKE_ECI_EXIT_CODE, FAKE_ECI_LOG (lines it prints
// when it starts), FAKE_ECI_GRACE_SECONDS (how long it lives on after SIGTERM).
struct Behaviour {
  std::optional<std::chrono::nanoseconds> run;
  int exit_code = 0;
  std::vector<std::string> log;
  std::chrono::nanoseconds grace{};
};

// How a container asks by its environment to be treated beside the others of its group. Sources:
// ECI, "Configure container startup and exit order", "Forcibly terminate the sidecar container and
// ignore the container exit code".
struct ContainerControls {
  bool sidecar = false;           // ECI_CONTAINER_TYPE=sidecar: ends once all others have.
  bool ignore_exit_code = false;  // ECI_CONTAINER_IGNORE_EXIT_CODE=true: it ends successfully.
  // ECI_CONTAINER_LAUNCH_PRIORITY and ECI_CONTAINER_EXIT_PRIORITY, -1000 to 1000: the higher comes
  // first, and the next waits for it. What the first readiness probe gates, if there is one, is the
  // start of the next.
  int launch_priority = 0;
  int exit_priority = 0;
};

// One life of a container, or the waiting before it.
struct ContainerRun {
  enum class State { kWaiting, kRunning, kTerminated };

  State state = State::kWaiting;
  std::string reason;   // "ContainerCreating", "CrashLoopBackOff", "Completed", "Error", ...
  std::string message;  // Tells of its end, or why it waits.
  int exit_code = 0;
  int signal = 0;
  bool starting = false;  // It waits no more for its turn: its host was told to start it.
  Moment started{};
  Moment finished{};
};

struct LogLine {
  base::WallTime at;
  std::string text;
};

struct SimulatedContainer {
  std::string name;
  std::string image;
  bool init = false;
  std::optional<std::chrono::seconds> ready_after;  // Its readiness probe's delay.
  Behaviour behaviour;
  ContainerControls controls;

  ContainerRun current;
  std::optional<ContainerRun> previous;
  std::vector<LogLine> log;
  std::vector<LogLine> previous_log;
  int restart_count = 0;
  int failures = 0;  // In a row, for the back-off.
  bool ready = false;
  bool launched = false;    // Its turn to start has come since the group began or restarted.
  bool stopping = false;    // Its present life was told to end.
  std::uint64_t epoch = 0;  // The epoch of its steps.

  bool running() const { return current.state == ContainerRun::State::kRunning; }
  bool ended() const { return current.state == ContainerRun::State::kTerminated; }

  // The life that ended becomes the previous one, with its log.
  void KeepAsPrevious();

  // The life whose log is shown as the present one's, or as that of the life before, the first is
  // 0: while it waits for its next life, both are the last one's. -1: there was none.
  int LifeShown(bool before) const;
};

struct GroupEvent {
  std::string source;  // "EciService" or "kubelet".
  std::string type;    // "Normal" or "Warning".
  std::string reason;
  std::string message;
  int count = 1;
  base::WallTime first;
  base::WallTime last;
};

// Keeps the newest 50; events of one reason and message are counted, not repeated.
void AddEvent(std::vector<GroupEvent>* events, base::WallTime now, std::string_view source,
              std::string_view type, std::string_view reason, std::string_view message);

// A container group as the cloud holds it.
struct Group {
  std::uint64_t number = 0;  // Groups are listed in this order.
  std::string id;
  std::string name;
  std::string region;
  std::string zone;
  std::string vpc_id;
  std::string vswitch_id;
  std::string security_group_id;
  std::string address;  // Reserved at creation, shown from Pending on.
  std::string eni_id;
  std::string instance_type;
  Size size;
  std::string spec;  // The creation's request without secrets, serialised; updates change it.
  std::string pull_secrets;  // A request with nothing but its registry credentials, serialised.
  std::map<std::string, std::string> tags;
  std::vector<std::string> disks;  // Ids of those attached to it until it ends (disk.h).

  std::string restart_policy;
  std::chrono::seconds grace{30};
  std::chrono::minutes pending_limit{240};
  std::optional<std::chrono::seconds> active_deadline;

  std::string status;
  Moment created;
  std::optional<Moment> placed;
  std::optional<Moment> ended;
  base::TimePoint changed;      // For SinceSecond.
  bool holds_capacity = false;  // Address and stock.
  bool taken_up = false;        // From an earlier program, and not prepared since.
  bool out_of_stock = false;    // Placing will fail.
  bool images_cached = false;   // All of its images, in the cache it hit.
  std::string failure;  // Reason of a group-wide failure, such as "DeadlineExceeded"; it ends.
  // While its containers are told to end, one exit priority after the other: what each may take.
  std::optional<std::chrono::nanoseconds> stop_grace;
  std::chrono::nanoseconds run_after{};  // From creation or restart to Running.
  std::uint64_t epoch = 0;               // The epoch of its steps.

  std::vector<SimulatedContainer> containers;  // Init containers first.
  std::vector<GroupEvent> events;              // The newest 50.
  GroupRecord* record = nullptr;               // Owned by the world.

  std::size_t init_count() const;
  // Why containers wait that have not started yet, as the kubelet has it.
  const char* waiting_reason() const;
  // The container of this name, or null.
  SimulatedContainer* Find(const std::string& container_name);
};

}  // namespace vk::fake
