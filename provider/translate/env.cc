#include "provider/translate/env.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/result.h"
#include "provider/translate/downward.h"
#include "provider/translate/expansion.h"
#include "provider/translate/service_env.h"
#include "provider/translate/shell_script.h"

namespace vk::translate {
namespace {

using SortedEntries = std::map<std::string, std::string>;

// The cloud takes fewer names than Kubernetes does. Source: ECI,
// "CreateContainerGroup", EnvironmentVar.Key.
bool IsCloudName(std::string_view name) {
  return !name.empty() && name.size() <= kLongestVariableName &&
         std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
         std::ranges::all_of(name,
                             [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

template <class Objects>
SortedEntries EntriesOf(const Objects& objects, const std::string& name) {
  const auto found = objects.find(name);
  if (found == objects.end()) return {};
  return {found->second->data().begin(), found->second->data().end()};
}

// Whether every program of the container is begun by its script: others would not have the
// variables that are set there.
bool RunsScriptAlone(const core::Container& container) {
  const core::Lifecycle& hooks = container.lifecycle();
  return FindScript({container.command().begin(), container.command().end()},
                    {container.args().begin(), container.args().end()}) >= 0 &&
         !container.livenessprobe().handler().has_exec() &&
         !container.readinessprobe().handler().has_exec() &&
         !container.startupprobe().handler().has_exec() && !hooks.poststart().has_exec() &&
         !hooks.prestop().has_exec();
}

NotNow PodIpRefused(const std::string& path, const std::string& name) {
  return Unsupported({fmt::format(
      "{} (\"$({})\" has the pod's IP, which the cloud gives only to a variable that holds nothing "
      "else; in the script of sh -c or bash -c it can be used outside single quotes, and in "
      "variables unless probes or hooks of the container run commands)",
      path, name)});
}

}  // namespace

void Environment::Set(std::string name, std::string value, bool is_pod_ip) {
  const auto [at, added] = index_.try_emplace(name, variables_.size());
  if (added) variables_.emplace_back();
  variables_[at->second] = {
      .name = std::move(name), .value = std::move(value), .is_pod_ip = is_pod_ip};
}

Planned<Environment> Environment::Resolve(const core::Container& container, const std::string& path,
                                          const Translation& translation) {
  Environment environment;
  for (auto& [name, value] : ServiceVariables(translation)) {
    environment.service_index_.emplace(name, environment.services_.size());
    environment.services_.push_back(
        {.name = std::move(name), .value = std::move(value), .is_service = true});
  }
  VK_CHECK_OK(environment.AddSources(container, translation));
  for (int i = 0; i < container.env_size(); ++i) {
    VK_CHECK_OK(
        environment.AddEntry(container.env(i), container, At(path + ".env", i), translation));
  }
  VK_CHECK_OK(environment.CheckJoined(path + ".env"));
  return environment;
}

Planned<void> Environment::AddSources(const core::Container& container,
                                      const Translation& translation) {
  std::vector<std::string> bad_names;
  for (const core::EnvFromSource& source : container.envfrom()) {
    VK_CHECK_OK(AddSource(source, translation, &bad_names));
  }
  if (!bad_names.empty()) {
    translation.notices.push_back(
        {.reason = "InvalidEnvironmentVariableNames",
         .message =
             fmt::format("Container {}: keys left out, since the cloud takes names of at "
                         "most {} letters, digits and _ only: {}",
                         container.name(), kLongestVariableName, fmt::join(bad_names, ", "))});
  }
  return {};
}

Planned<void> Environment::AddSource(const core::EnvFromSource& source,
                                     const Translation& translation,
                                     std::vector<std::string>* bad_names) {
  const SortedEntries entries =
      source.has_configmapref()
          ? EntriesOf(translation.inputs.config_maps,
                      source.configmapref().localobjectreference().name())
          : EntriesOf(translation.inputs.secrets, source.secretref().localobjectreference().name());
  for (const auto& [key, value] : entries) {
    const std::string name = source.prefix() + key;
    if (IsCloudName(name)) {
      Set(name, value);
    } else {
      bad_names->push_back(name);
    }
  }
  return {};
}

Planned<void> Environment::AddEntry(const core::EnvVar& entry, const core::Container& container,
                                    const std::string& path, const Translation& translation) {
  if (!IsCloudName(entry.name())) {
    return std::unexpected(TooLarge(fmt::format(
        "{}: the cloud takes names of at most {} letters, digits and _, not starting with a digit; "
        "\"{}\" has {} characters. The command can set it: env '{}=VALUE' PROGRAM",
        path, kLongestVariableName, entry.name(), entry.name().size(), entry.name())));
  }
  if (entry.value().empty() && entry.has_valuefrom()) {
    return AddReference(entry, container, path + ".valueFrom", translation);
  }
  return AddValue(entry, container, path + ".value");
}

Planned<void> Environment::AddValue(const core::EnvVar& entry, const core::Container& container,
                                    const std::string& path) {
  if (IsPodIp(entry.value())) {
    Set(entry.name(), "", true);
    return {};
  }
  VK_TRY(expansion, ExpandAll(entry.value(), path));
  const bool joined = !expansion.pod_ip.empty();
  if (joined && !RunsScriptAlone(container)) {
    return std::unexpected(PodIpRefused(path, expansion.pod_ip));
  }
  Set(entry.name(), std::move(expansion.text));
  variables_[index_.at(entry.name())].is_joined = joined;
  return {};
}

// The shell finds what the cloud sets in the end: a variable that was the pod's IP must still be.
Planned<void> Environment::CheckJoined(const std::string& path) const {
  for (const std::string& name : joined_) {
    if (variables_[index_.find(name)->second].is_pod_ip) continue;
    return std::unexpected(Unsupported({fmt::format(
        "{} (the pod's IP is read from \"$({})\", which is set to something else later)", path,
        name)}));
  }
  return {};
}

Planned<void> Environment::AddReference(const core::EnvVar& entry, const core::Container& container,
                                        const std::string& path, const Translation& translation) {
  const core::EnvVarSource& source = entry.valuefrom();
  if (source.has_fieldref()) {
    VK_TRY(value, EnvironmentField(source.fieldref(), path, translation));
    Set(entry.name(), std::move(value.text), value.is_pod_ip);
    return {};
  }
  if (source.has_resourcefieldref()) {
    VK_TRY(value, ResourceField(source.resourcefieldref(), &container, path, translation));
    Set(entry.name(), std::move(value));
    return {};
  }
  const bool config_map = source.has_configmapkeyref();
  const SortedEntries entries =
      config_map ? EntriesOf(translation.inputs.config_maps,
                             source.configmapkeyref().localobjectreference().name())
                 : EntriesOf(translation.inputs.secrets,
                             source.secretkeyref().localobjectreference().name());
  const auto found =
      entries.find(config_map ? source.configmapkeyref().key() : source.secretkeyref().key());
  // Required ones were waited for.
  if (found != entries.end()) Set(entry.name(), found->second);
  return {};
}

bool Environment::IsPodIp(std::string_view text) const {
  if (!text.starts_with("$(") || !text.ends_with(')')) return false;
  const auto found = index_.find(text.substr(2, text.size() - 3));
  return found != index_.end() && variables_[found->second].is_pod_ip;
}

Planned<Environment::Expansion> Environment::ExpandAll(const std::string& text,
                                                       const std::string& path) {
  Expansion expansion;
  const auto lookup = [&](std::string_view name) -> std::optional<std::string> {
    if (const auto own = index_.find(name); own != index_.end()) {
      const Variable& variable = variables_[own->second];
      if (variable.is_pod_ip || variable.is_joined) expansion.pod_ip = name;
      if (!variable.is_pod_ip) return variable.value;
      joined_.emplace_back(name);
      return kShellVariable + std::string(name) + kShellVariable;
    }
    if (const auto link = service_index_.find(name); link != service_index_.end()) {
      services_[link->second].used = true;
      return services_[link->second].value;
    }
    expansion.unknown = name;
    return std::nullopt;
  };
  auto expanded = ExpandVariables(text, lookup, room_);
  if (!expanded) {
    return std::unexpected(TooLarge(fmt::format(
        "{}: up to here the container's variables and arguments have more than {} bytes once "
        "$(VARIABLE) is replaced, which is the most that the cloud takes in a request",
        path, kMostRequestBytes)));
  }
  room_ -= expanded->size();
  expansion.text = std::move(*expanded);
  return expansion;
}

Planned<std::string> Environment::Expand(const std::string& text, const std::string& path,
                                         bool all_known) {
  VK_TRY(expansion, ExpandAll(text, path));
  if (!expansion.pod_ip.empty()) {
    return std::unexpected(PodIpRefused(path, expansion.pod_ip));
  }
  if (all_known && !expansion.unknown.empty()) {
    return std::unexpected(
        Invalid(path, fmt::format("the variable {} is not known", expansion.unknown)));
  }
  return std::move(expansion.text);
}

void Environment::AddControl(const std::string& name, const std::string& value) {
  if (!index_.contains(name)) Set(name, value);
}

Planned<std::string> Environment::ExpandScript(const std::string& text, const std::string& path) {
  VK_TRY(expansion, ExpandAll(text, path));
  std::string exports;
  for (const Variable& variable : variables_) {
    if (variable.is_joined) exports += ShellExport(variable.name, variable.value);
  }
  if (expansion.pod_ip.empty()) return exports + expansion.text;
  if (const auto script = WithShellVariables(expansion.text)) return exports + *script;
  return std::unexpected(Unsupported({fmt::format(
      "{} (\"$({})\" has the pod's IP, which only the shell can put in, and not in single quotes, "
      "here-documents or substitutions; write \"${{{}}}\" where the shell reads it)",
      path, expansion.pod_ip, expansion.pod_ip)}));
}

Planned<void> Environment::Write(
    const std::string& path, std::vector<Notice>& notices,
    google::protobuf::RepeatedPtrField<eci::v1::EnvironmentVar>* out) const {
  std::vector<const Variable*> variables;
  for (const Variable& variable : variables_) {
    if (!variable.is_joined) variables.push_back(&variable);
  }
  for (const Variable& link : services_) {
    if (!index_.contains(link.name)) variables.push_back(&link);
  }

  const std::size_t all = variables.size();
  for (std::size_t i = all; i > 0 && variables.size() > kMostVariables; --i) {
    const Variable& last = *variables[i - 1];
    if (last.is_service && !last.used) {
      variables.erase(variables.begin() + static_cast<std::ptrdiff_t>(i - 1));
    }
  }
  if (variables.size() > kMostVariables) {
    return std::unexpected(TooLarge(
        fmt::format("{}.env: {} environment variables, the cloud takes at most {} in a container",
                    path, variables.size(), kMostVariables)));
  }
  if (variables.size() < all) {
    notices.push_back(
        {.reason = "ServiceLinksDropped",
         .message = fmt::format(
             "{}: {} of {} environment variables were left out, since the cloud takes at most {}; "
             "all were service links that no $(VAR) uses. enableServiceLinks: false avoids them.",
             path, all - variables.size(), all, kMostVariables)});
  }

  for (const Variable* variable : variables) {
    eci::v1::EnvironmentVar& entry = *out->Add();
    entry.set_key(variable->name);
    if (variable->is_pod_ip) {
      entry.mutable_field_ref()->set_field_path("status.podIP");
    } else {
      entry.set_value(variable->value);
    }
  }
  return {};
}

}  // namespace vk::translate
