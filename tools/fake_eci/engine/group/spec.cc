#include "tools/fake_eci/engine/group/spec.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string>
#include <string_view>

#include "proto/eci/v1/container_group.pb.h"
#include "tools/fake_eci/engine/cloud_error.h"
#include "tools/fake_eci/engine/group/disk.h"
#include "tools/fake_eci/engine/options.h"

namespace vk::fake {
namespace {

using eci::v1::CreateContainerGroupRequest;
using Environment = google::protobuf::RepeatedPtrField<eci::v1::EnvironmentVar>;

std::optional<std::string> Find(const Environment& environment, std::string_view key) {
  const auto it = std::ranges::find_if(environment, [&](const auto& e) { return e.key() == key; });
  if (it == environment.end()) return std::nullopt;
  return it->value();
}

constexpr int kMostPriority = 1000;

std::optional<double> FindNumber(const Environment& environment, std::string_view key) {
  const auto text = Find(environment, key);
  double number = 0;
  if (!text) return std::nullopt;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return std::clamp(number, 0.0, 1e9);
}

std::chrono::nanoseconds Seconds(double seconds) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>(seconds));
}

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return lines;
}

Behaviour ReadBehaviour(const Environment& environment, bool init) {
  Behaviour behaviour;
  const auto run = FindNumber(environment, "FAKE_ECI_RUN_SECONDS");
  const auto exit_code = FindNumber(environment, "FAKE_ECI_EXIT_CODE");
  // An exit code alone means to end at once, as an init container does anyway.
  if (run || exit_code || init) behaviour.run = Seconds(run.value_or(0));
  behaviour.exit_code = static_cast<int>(std::min(exit_code.value_or(0), 255.0));
  behaviour.grace = Seconds(FindNumber(environment, "FAKE_ECI_GRACE_SECONDS").value_or(0));
  behaviour.log = Lines(Find(environment, "FAKE_ECI_LOG").value_or(""));
  return behaviour;
}

int ReadPriority(const Environment& environment, std::string_view key) {
  const auto text = Find(environment, key).value_or("");
  int priority = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), priority);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && priority >= -kMostPriority && priority <= kMostPriority ? priority : 0;
}

ContainerControls ReadControls(const Environment& environment) {
  return {.sidecar = Find(environment, "ECI_CONTAINER_TYPE") == "sidecar",
          .ignore_exit_code = Find(environment, "ECI_CONTAINER_IGNORE_EXIT_CODE") == "true",
          .launch_priority = ReadPriority(environment, "ECI_CONTAINER_LAUNCH_PRIORITY"),
          .exit_priority = ReadPriority(environment, "ECI_CONTAINER_EXIT_PRIORITY")};
}

SimulatedContainer ReadContainer(const auto& container, bool init) {
  SimulatedContainer simulated;
  simulated.name = container.name();
  simulated.image = container.image();
  simulated.init = init;
  simulated.behaviour = ReadBehaviour(container.environment_var(), init);
  return simulated;
}

bool Counts(const eci::v1::Container& container) {
  return !Find(container.environment_var(), "__ECI_RESOURCE_IGNORE__");
}

}  // namespace

base::Result<Size> WantedSize(const CreateContainerGroupRequest& request) {
  if (request.has_cpu() != request.has_memory()) {
    return std::unexpected(
        CloudError("InvalidParameter.CPU.Memory", "Cpu and Memory come together or not at all"));
  }
  if (request.has_cpu()) return Size{request.cpu(), request.memory()};
  Size sum;
  for (const eci::v1::Container& container : request.container()) {
    if (!Counts(container)) continue;
    sum.cpu += container.cpu();
    sum.memory += container.memory();
  }
  for (const eci::v1::InitContainer& container : request.init_container()) {
    sum.cpu = std::max(sum.cpu, static_cast<double>(container.cpu()));
    sum.memory = std::max(sum.memory, static_cast<double>(container.memory()));
  }
  return sum == Size() ? kDefaultSize : sum;
}

void ReadSpec(const CreateContainerGroupRequest& request, const Behaviours& behaviours,
              Group* group) {
  group->restart_policy = request.restart_policy().empty() ? "Always" : request.restart_policy();
  if (request.has_termination_grace_period_seconds()) {
    group->grace = std::chrono::seconds(request.termination_grace_period_seconds());
  }
  if (request.has_max_pending_minute()) {
    group->pending_limit = std::chrono::minutes(request.max_pending_minute());
  }
  if (request.has_active_deadline_seconds()) {
    group->active_deadline = std::chrono::seconds(request.active_deadline_seconds());
  }
  for (const auto& container : request.init_container()) {
    group->containers.push_back(ReadContainer(container, true));
  }
  for (const auto& container : request.container()) {
    SimulatedContainer simulated = ReadContainer(container, false);
    if (behaviours.container_controls) {
      simulated.controls = ReadControls(container.environment_var());
    }
    if (container.has_readiness_probe()) {
      simulated.ready_after =
          std::chrono::seconds(container.readiness_probe().initial_delay_seconds());
    }
    group->containers.push_back(std::move(simulated));
  }
  KeepSpec(request, group);
  for (SimulatedContainer& container : group->containers) {
    container.current.reason = group->waiting_reason();
  }
}

void KeepPullSecrets(const RegistryCredentials& credentials, std::string* kept) {
  CreateContainerGroupRequest request;
  *request.mutable_image_registry_credential() = credentials;
  request.SerializeToString(kept);
}

CreateContainerGroupRequest ParseSpec(const Group& group) {
  CreateContainerGroupRequest spec;
  spec.ParseFromString(group.spec);
  return spec;
}

void KeepSpec(CreateContainerGroupRequest spec, Group* group) {
  spec.clear_client_token();
  spec.clear_tag();
  for (auto& credential : *spec.mutable_image_registry_credential()) credential.clear_password();
  spec.SerializeToString(&group->spec);
  group->disks = DiskIdsOf(spec);
}

}  // namespace vk::fake
