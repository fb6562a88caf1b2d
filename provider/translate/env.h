#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "provider/translate/planning.h"

namespace vk::translate {

// Source: ECI, "CreateContainerGroup", EnvironmentVar; the API's own schema allows one more.
inline constexpr int kMostVariables = 240;
inline constexpr std::size_t kLongestVariableName = 128;
// The limit of a whole request. Source: ECI, "Request structure".
inline constexpr std::size_t kMostRequestBytes = 1'048'576;

// The environment of one container, in the kubelet's order: envFrom, env (later entries replace
// earlier ones), service variables that nothing replaced. Source:
// makeEnvironmentVariables in pkg/kubelet/kubelet_pods.go.
class Environment {
 public:
  // Resolves every entry. `path` is the container's, such as "spec.containers[0]".
  static Planned<Environment> Resolve(const core::Container& container, const std::string& path,
                                      const Translation& translation);

  // Expands `$(VAR)`. Refused where it stands for the pod's IP, which only the cloud knows, or,
  // with `all_known`, for a variable that does not exist; and once all that this container had
  // expanded is more than a request may have: a chain of variables of which each names the one
  // before twice grows without end.
  Planned<std::string> Expand(const std::string& text, const std::string& path,
                              bool all_known = false);

  // As above for a shell's script, where the shell can put in the pod's IP. The script begins with
  // the variables whose values the pod's IP is a part of: they are set there, not by the cloud.
  Planned<std::string> ExpandScript(const std::string& text, const std::string& path);

  // Adds what the cloud is told about the container; a variable that the pod itself sets stays.
  void AddControl(const std::string& name, const std::string& value);

  // Writes the variables, after the last Expand: where they are more than the cloud takes, service
  // variables that no `$(VAR)` used are left out, last ones first, with a notice.
  Planned<void> Write(const std::string& path, std::vector<Notice>& notices,
                      google::protobuf::RepeatedPtrField<eci::v1::EnvironmentVar>* out) const;

 private:
  struct Variable {
    std::string name;
    std::string value;
    bool is_pod_ip = false;
    bool is_joined = false;  // The pod's IP is a part of it; its names are within kShellVariable.
    bool is_service = false;
    bool used = false;
  };

  void Set(std::string name, std::string value, bool is_pod_ip = false);
  Planned<void> AddSource(const core::EnvFromSource& source, const Translation& translation,
                          std::vector<std::string>* bad_names);
  Planned<void> AddSources(const core::Container& container, const Translation& translation);
  Planned<void> AddEntry(const core::EnvVar& entry, const core::Container& container,
                         const std::string& path, const Translation& translation);
  Planned<void> AddReference(const core::EnvVar& entry, const core::Container& container,
                             const std::string& path, const Translation& translation);
  Planned<void> AddValue(const core::EnvVar& entry, const core::Container& container,
                         const std::string& path);
  Planned<void> CheckJoined(const std::string& path) const;
  bool IsPodIp(std::string_view text) const;
  struct Expansion {
    std::string text;     // With the pod's IP as names within kShellVariable.
    std::string pod_ip;   // The last variable that is the pod's IP.
    std::string unknown;  // The last one that does not exist.
  };
  Planned<Expansion> ExpandAll(const std::string& text, const std::string& path);

  std::vector<Variable> variables_;
  std::map<std::string, std::size_t, std::less<>> index_;
  // Seen by `$(VAR)` all the time, replaced by name, written last.
  std::vector<Variable> services_;
  std::map<std::string, std::size_t, std::less<>> service_index_;
  std::vector<std::string> joined_;  // Variables for the pod's IP that others are joined from.
  std::size_t room_ = kMostRequestBytes;
};

}  // namespace vk::translate
