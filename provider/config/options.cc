#include "provider/config/options.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <optional>

#include "provider/config/settings.h"

namespace vk::config {
namespace {

// A value and where it came from, for messages.
struct Given {
  std::string text;
  std::string source;
};

using Values = std::map<std::string_view, Given>;  // By file key.

const Setting* FindByFlag(std::string_view flag) {
  const auto settings = Settings();
  const auto found = std::find_if(settings.begin(), settings.end(), [&](const Setting& setting) {
    return !flag.empty() && setting.flag == flag;
  });
  return found == settings.end() ? nullptr : &*found;
}

const Setting* FindByKey(std::string_view key) {
  const auto settings = Settings();
  const auto found = std::find_if(settings.begin(), settings.end(),
                                  [&](const Setting& setting) { return setting.file_key == key; });
  return found == settings.end() ? nullptr : &*found;
}

struct Flags {
  Values values;
  Command command = Command::kRun;
  std::optional<std::string> config_file;
  std::vector<std::string> problems;
};

Flags ReadFlags(const std::vector<std::string>& arguments) {
  static constexpr std::pair<std::string_view, Command> kCommands[] = {
      {"--help", Command::kHelp},
      {"-h", Command::kHelp},
      {"--version", Command::kVersion},
      {"--check", Command::kCheck}};
  Flags flags;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const auto command = std::find_if(std::begin(kCommands), std::end(kCommands),
                                      [&](const auto& entry) { return entry.first == argument; });
    if (command != std::end(kCommands)) {
      flags.command = command->second;
      continue;
    }
    const std::size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    const Setting* const setting = FindByFlag(name);
    if (setting == nullptr && name != "--config") {
      flags.problems.push_back(fmt::format("{}: unknown flag; see --help", name));
      continue;
    }
    std::string text = "true";
    if (equals != std::string::npos) {
      text = argument.substr(equals + 1);
    } else if (setting == nullptr || !setting->is_switch) {
      if (i + 1 == arguments.size()) {
        flags.problems.push_back(fmt::format("{}: its value is missing", name));
        continue;
      }
      text = arguments[++i];
    }
    if (setting == nullptr) {
      flags.config_file = text;
    } else {
      Given& given = flags.values[setting->file_key];
      if (setting->repeats && !given.text.empty()) text.insert(0, given.text + ",");
      given = {text, name};
    }
  }
  return flags;
}

void ReadConfigFile(const std::string& path, ReadFile read_file, Values* values,
                    std::vector<std::string>* problems) {
  const auto content = read_file(path);
  if (!content) {
    problems->push_back(fmt::format("--config: {}", content.error().message));
    return;
  }
  try {
    const YAML::Node root = YAML::Load(*content);
    if (!root.IsMap() && !root.IsNull()) {
      problems->push_back(fmt::format("{}: not a map of settings", path));
      return;
    }
    for (const auto& entry : root) {
      const std::string key = entry.first.as<std::string>();
      const Setting* const setting = FindByKey(key);
      if (setting == nullptr) {
        problems->push_back(fmt::format(
            "{}: unknown key \"{}\"; the keys are the flags of --help without dashes", path, key));
      } else if (!entry.second.IsScalar()) {
        problems->push_back(
            fmt::format("{}: {} must be a single value, lists are written with commas", path, key));
      } else {
        (*values)[setting->file_key] = {entry.second.as<std::string>(),
                                        fmt::format("{} in {}", key, path)};
      }
    }
  } catch (const YAML::Exception& error) {
    problems->push_back(fmt::format("{}: {}", path, error.what()));
  }
}

std::string Names(const Setting& setting) {
  if (setting.flag.empty()) return std::string(setting.environment);
  if (setting.environment.empty()) return std::string(setting.flag);
  return fmt::format("{} or {}", setting.flag, setting.environment);
}

// What the cloud is to know us by: a key, or a role that is had by a token.
void CheckCredentials(const Options& options, bool tell_missing,
                      std::vector<std::string>* problems) {
  const bool provider = !options.oidc_provider_arn.empty();
  if (provider != !options.oidc_token_file.empty())
    problems->push_back("--oidc-provider-arn and --oidc-token-file: give both, or neither");
  if (provider && options.role_arn.empty())
    problems->push_back("--oidc-provider-arn: needs the role that its token gets, --role-arn");
  if (!tell_missing || provider) return;
  if (options.access_key.empty()) problems->push_back("ECI_ACCESS_KEY is not set: AccessKey id");
  if (options.secret_key.empty())
    problems->push_back("ECI_SECRET_KEY is not set: AccessKey secret");
}

void Store(const Values& values, bool tell_missing, Options* options,
           std::vector<std::string>* problems) {
  for (const Setting& setting : Settings()) {
    const auto given = values.find(setting.file_key);
    const bool set = given != values.end() && !given->second.text.empty();
    if (!set && setting.required) {
      if (tell_missing)
        problems->push_back(fmt::format("{} is not set: {}", Names(setting), setting.help));
      continue;
    }
    const std::string text = set ? given->second.text : std::string(setting.default_text);
    if (const std::string wrong = setting.store(text, options); !wrong.empty()) {
      problems->push_back(
          fmt::format("{}: {}", set ? given->second.source : std::string(setting.flag), wrong));
    }
  }
  CheckCredentials(*options, tell_missing, problems);
  if (options->private_zone != PrivateZone::kOff && options->vpc.empty() && tell_missing) {
    problems->push_back(
        "--vpc or ECI_VPC is not set: --private-zone needs the VPC that sees the names");
  }
  if (options->kubelet_cert_file.empty() != options->kubelet_key_file.empty()) {
    problems->push_back(
        "--kubelet-cert and --kubelet-key: give both, or neither for a self-signed certificate");
  }
}

void CheckReadable(const std::string& path, std::string_view name, ReadFile read_file,
                   std::vector<std::string>* problems) {
  if (path.empty()) return;
  if (const auto content = read_file(path); !content) {
    problems->push_back(fmt::format("{}: {}", name, content.error().message));
  }
}

std::string HelpText() {
  std::string text =
      "virtual-node: a Kubernetes node whose pods run as elastic container instances\n\n"
      "usage: virtual-node [flags]\n\n"
      "A flag beats the environment, which beats the file of --config, which beats the default.\n\n"
      "  --config FILE\n      settings in YAML; the keys are the flags without dashes\n"
      "  --check\n      ask API server and cloud whether the settings work, then end (0: they do, "
      "2: they do not)\n"
      "  --version, --help\n";
  for (const Setting& setting : Settings()) {
    const std::string name = setting.flag.empty() ? "(no flag)" : std::string(setting.flag);
    text += fmt::format("  {} {}\n      {}", name, setting.unit, setting.help);
    if (!setting.environment.empty()) text += fmt::format(" [{}]", setting.environment);
    if (setting.required) text += " (required)";
    if (!setting.default_text.empty()) text += fmt::format(" (default {})", setting.default_text);
    text += '\n';
  }
  return text;
}

}  // namespace

base::Result<Invocation> ReadInvocation(const std::vector<std::string>& arguments,
                                        const std::map<std::string, std::string>& environment,
                                        ReadFile read_file) {
  Flags flags = ReadFlags(arguments);
  Invocation invocation{.command = flags.command, .options = {}, .text = {}};
  if (flags.command == Command::kHelp) invocation.text = HelpText();
  const bool informs = flags.command == Command::kHelp || flags.command == Command::kVersion;
  if (informs && flags.problems.empty()) return invocation;
  const bool flags_known = flags.problems.empty();
  std::vector<std::string> problems = std::move(flags.problems);
  Values values;
  if (flags.config_file) ReadConfigFile(*flags.config_file, read_file, &values, &problems);
  for (const Setting& setting : Settings()) {
    const auto found = environment.find(std::string(setting.environment));
    if (!setting.environment.empty() && found != environment.end()) {
      values[setting.file_key] = {found->second, found->first};
    }
  }
  for (auto& [key, given] : flags.values) values[key] = std::move(given);
  Store(values, flags_known, &invocation.options, &problems);
  const Options& options = invocation.options;
  CheckReadable(options.kubeconfig, "--kubeconfig or KUBECONFIG", read_file, &problems);
  CheckReadable(options.kubelet_cert_file, "--kubelet-cert", read_file, &problems);
  CheckReadable(options.oidc_token_file, "--oidc-token-file", read_file, &problems);
  CheckReadable(options.kubelet_key_file, "--kubelet-key", read_file, &problems);
  if (problems.empty()) return invocation;
  std::string message;
  for (const std::string& problem : problems) message += (message.empty() ? "" : "\n") + problem;
  return std::unexpected(base::Error(base::ErrorCode::kInvalidArgument, message));
}

std::string SettingsAsMarkdown() {
  std::string text = "| Flag | Environment | Default | Meaning |\n|---|---|---|---|\n";
  for (const Setting& setting : Settings()) {
    const std::string flag =
        setting.flag.empty() ? "" : fmt::format("`{} {}`", setting.flag, setting.unit);
    const std::string name =
        setting.environment.empty() ? "" : fmt::format("`{}`", setting.environment);
    const std::string fallback = setting.required ? "required" : std::string(setting.default_text);
    std::string meaning(setting.help);
    std::replace(meaning.begin(), meaning.end(), '|', '/');
    std::string cell = flag;
    for (std::size_t at = cell.find('|'); at != std::string::npos; at = cell.find('|', at + 2))
      cell.replace(at, 1, "\\|");
    text += fmt::format("| {} | {} | {} | {} |\n", cell, name, fallback, meaning);
  }
  return text;
}

}  // namespace vk::config
