#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/secret.h"

namespace vk::config {

enum class OrphanSweep { kOn, kOff, kForce };
enum class PrivateZone { kOff, kAnnotated, kAll };
enum class ImageCaches { kOn, kOff };
enum class CloudLimits { kDocumented, kLifted };

// Everything a user can set, after flags, environment and file were put together. Plain values;
// defaults are those of the table in settings.cc, which is also what --help and
// docs/reference/flags.md print.
struct Options {
  std::string kubeconfig;  // Empty: in-cluster.
  std::string node_name;
  std::string node_ip;
  std::string kubelet_listen;
  std::string kubelet_cert_file;  // Empty, as the key: self-signed.
  std::string kubelet_key_file;
  std::string metrics_listen;
  std::string zone;
  std::vector<std::string> cluster_dns;
  std::string cluster_domain;
  std::string pod_apiserver;
  std::string volume_permissions_image;
  bool run_daemonsets = false;
  bool strict_pod_fields = false;
  bool storage_eviction = true;
  std::vector<std::string> runtime_classes;
  std::vector<std::string> replaced_host_paths;  // Absolute folders, never "/".
  PrivateZone private_zone = PrivateZone::kOff;
  ImageCaches image_caches = ImageCaches::kOn;
  OrphanSweep orphan_sweep = OrphanSweep::kOn;
  std::chrono::seconds orphan_grace{60};
  std::chrono::seconds token_lifetime{86400};
  std::chrono::seconds longest_deletion_grace{0};  // 0: the pod's own.
  base::LogLevel log_level = base::LogLevel::kInfo;

  std::string region;
  std::string vpc;
  std::vector<std::string> v_switches;
  std::map<std::string, std::string> v_switch_zones;  // By vSwitch.
  std::vector<std::string> security_groups;
  std::string access_key;
  base::SecretString secret_key;
  base::SecretString security_token;
  std::string role_arn;           // Empty: the access key itself acts.
  std::string oidc_provider_arn;  // With the file below: a token takes the access key's place.
  std::string oidc_token_file;
  std::string cluster_id;  // Empty: the UID of namespace kube-system.
  std::string eci_endpoint;
  std::string pvtz_endpoint;
  std::string sts_endpoint;
  std::string quota_cpu;
  std::string quota_memory;
  std::string quota_pods;
  std::string quota_gpu;  // Empty: the node says nothing of them.
  double cloud_read_share = 0.1;
  CloudLimits cloud_limits = CloudLimits::kDocumented;
};

enum class Command { kRun, kCheck, kHelp, kVersion };

struct Invocation {
  Command command = Command::kRun;
  Options options;
  std::string text;  // What --help prints.
};

// Reads a whole file. Errors name it and say why it cannot be read.
using ReadFile = base::Result<std::string> (*)(const std::string& path);

// Puts flags, environment and file together: a flag beats the environment beats the file beats the
// default. Everything that is wrong is found in one go, but settings that are missing only once
// every flag is known: a mistyped one may have been meant for them. Errors: kInvalidArgument whose
// message holds one line per problem, each with where the value came from and what to do.
base::Result<Invocation> ReadInvocation(const std::vector<std::string>& arguments,
                                        const std::map<std::string, std::string>& environment,
                                        ReadFile read_file);

// The reference table in Markdown: a row per setting with flag, environment name, default and
// meaning.
std::string SettingsAsMarkdown();

}  // namespace vk::config
