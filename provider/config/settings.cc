#include "provider/config/settings.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <optional>

#include "base/http/url.h"

namespace vk::config {
namespace {

std::vector<std::string> Split(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= text.size() && !text.empty()) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    if (end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

template <std::string Options::* kField>
std::string Text(const std::string& text, Options* options) {
  options->*kField = text;
  return {};
}

template <base::SecretString Options::* kField>
std::string Secret(const std::string& text, Options* options) {
  options->*kField = base::SecretString(text);
  return {};
}

std::string CheckId(const std::string& id, std::string_view prefix) {
  const bool plain = std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (id.starts_with(prefix) && id.size() > prefix.size() && plain) return {};
  return "\"" + id + "\" is not an id of the form " + std::string(prefix) + "...";
}

std::string Vpc(const std::string& text, Options* options) {
  options->vpc = text;
  return text.empty() ? std::string() : CheckId(text, "vpc-");
}

std::string IdList(const std::string& text, std::string_view prefix, std::size_t most,
                   std::vector<std::string>* ids) {
  *ids = Split(text);
  if (ids->size() > most) return "more than " + std::to_string(most) + " ids";
  for (const std::string& id : *ids) {
    if (std::string problem = CheckId(id, prefix); !problem.empty()) return problem;
  }
  return {};
}

// Source: ECI, CreateContainerGroup: up to 10 vSwitches, up to 5 security groups.
std::string VSwitches(const std::string& text, Options* options) {
  return IdList(text, "vsw-", 10, &options->v_switches);
}
std::string VSwitchZones(const std::string& text, Options* options) {
  for (const std::string& entry : Split(text)) {
    const std::size_t equals = entry.find('=');
    if (!entry.starts_with("vsw-") || equals == std::string::npos || equals + 1 == entry.size()) {
      return "\"" + entry + "\" is not VSWITCH=ZONE, such as vsw-a=cn-hangzhou-h";
    }
    options->v_switch_zones[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  return {};
}
std::string SecurityGroups(const std::string& text, Options* options) {
  return IdList(text, "sg-", 5, &options->security_groups);
}

std::string Region(const std::string& text, Options* options) {
  options->region = text;
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  return plain && text.find('-') != std::string::npos
             ? std::string()
             : "\"" + text + "\" is not a region such as cn-hangzhou";
}

std::string NodeName(const std::string& text, Options* options) {
  options->node_name = text;
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  const bool valid = !text.empty() && text.size() <= 253 &&
                     std::all_of(text.begin(), text.end(), allowed) && text.front() != '-' &&
                     text.front() != '.' && text.back() != '-' && text.back() != '.';
  return valid ? std::string()
               : "\"" + text + "\" is not a node name (lower-case letters, digits, '-' and '.')";
}

std::optional<boost::asio::ip::address> Address(const std::string& text) {
  boost::system::error_code wrong;
  const auto address = boost::asio::ip::make_address(text, wrong);
  return wrong ? std::nullopt : std::optional(address);
}

std::string NodeIp(const std::string& text, Options* options) {
  options->node_ip = text;
  const auto address = Address(text);
  const bool one = address && !address->is_unspecified() && !address->is_multicast();
  return one ? std::string()
             : "\"" + text +
                   "\" is not an IP address; give the one at which the API server reaches "
                   "--kubelet-listen";
}

std::string Dns(const std::string& text, Options* options) {
  options->cluster_dns = Split(text);
  for (const std::string& server : options->cluster_dns) {
    if (!Address(server)) return "\"" + server + "\" is not an IP address; name servers have one";
  }
  return {};
}

std::string Switch(const std::string& text, bool* value) {
  *value = text == "true";
  return text == "true" || text == "false" ? std::string()
                                           : "\"" + text + "\" is neither true nor false";
}
std::string RunDaemonSets(const std::string& text, Options* options) {
  return Switch(text, &options->run_daemonsets);
}

std::string StrictPodFields(const std::string& text, Options* options) {
  return Switch(text, &options->strict_pod_fields);
}
std::string RuntimeClasses(const std::string& text, Options* options) {
  options->runtime_classes = Split(text);
  return {};
}

// A folder that begins at the root and is not the root itself, without "." and "..".
std::string CheckFolder(const std::string& path) {
  bool has_name = false;
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string name = path.substr(begin, end - begin);
    if (name == "." || name == "..") return "\"" + path + "\" has the component \"" + name + "\"";
    has_name = has_name || !name.empty();
    begin = end + 1;
  }
  return path.starts_with('/') && has_name
             ? std::string()
             : "\"" + path + "\" is not an absolute path below /, such as /data";
}
std::string ReplacedHostPaths(const std::string& text, Options* options) {
  options->replaced_host_paths = Split(text);
  for (const std::string& path : options->replaced_host_paths) {
    if (std::string wrong = CheckFolder(path); !wrong.empty()) return wrong;
  }
  return {};
}

template <class Value>
std::string Choose(const std::string& text,
                   std::initializer_list<std::pair<std::string_view, Value>> choices,
                   Value* value) {
  std::string names;
  for (const auto& [name, choice] : choices) {
    if (name == text) {
      *value = choice;
      return {};
    }
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  return "\"" + text + "\" is none of " + names;
}
std::string Sweep(const std::string& text, Options* options) {
  return Choose<OrphanSweep>(
      text, {{"on", OrphanSweep::kOn}, {"off", OrphanSweep::kOff}, {"force", OrphanSweep::kForce}},
      &options->orphan_sweep);
}
std::string Zones(const std::string& text, Options* options) {
  return Choose<PrivateZone>(text,
                             {{"off", PrivateZone::kOff},
                              {"annotated", PrivateZone::kAnnotated},
                              {"all", PrivateZone::kAll}},
                             &options->private_zone);
}
std::string Caches(const std::string& text, Options* options) {
  return Choose<ImageCaches>(text, {{"on", ImageCaches::kOn}, {"off", ImageCaches::kOff}},
                             &options->image_caches);
}
std::string Limits(const std::string& text, Options* options) {
  return Choose<CloudLimits>(
      text, {{"documented", CloudLimits::kDocumented}, {"lifted", CloudLimits::kLifted}},
      &options->cloud_limits);
}
std::string Level(const std::string& text, Options* options) {
  return base::ParseLogLevel(text, &options->log_level)
             ? std::string()
             : "\"" + text + "\" is none of debug, info, warning, error";
}

std::string Seconds(const std::string& text, std::chrono::seconds* value) {
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0) {
    return "\"" + text + "\" is not a number of seconds";
  }
  *value = std::chrono::seconds(seconds);
  return {};
}
std::string Grace(const std::string& text, Options* options) {
  return Seconds(text, &options->orphan_grace);
}
std::string DeletionGrace(const std::string& text, Options* options) {
  const std::string problem = Seconds(text, &options->longest_deletion_grace);
  if (!problem.empty() || options->longest_deletion_grace <= std::chrono::hours(24)) return problem;
  return "\"" + text + "\" is more than 86400 seconds, a day";
}
// Source: Kubernetes takes token requests of ten minutes and more.
std::string TokenLifetime(const std::string& text, Options* options) {
  const std::string problem = Seconds(text, &options->token_lifetime);
  if (!problem.empty() || options->token_lifetime >= std::chrono::minutes(10)) return problem;
  return "\"" + text + "\" is below 600 seconds, the least that a token can last";
}

std::string ReadShare(const std::string& text, Options* options) {
  double share = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), share);
  const bool valid =
      error == std::errc() && end == text.data() + text.size() && share > 0 && share <= 1;
  options->cloud_read_share = share;
  return valid ? std::string() : "\"" + text + "\" is not a share above 0 and at most 1";
}

template <std::string Options::* kField>
std::string Url(const std::string& text, Options* options) {
  options->*kField = text;
  if (text.empty()) return {};
  return base::ParseHttpOrigin(text)
             ? std::string()
             : "\"" + text + "\" is not a URL such as https://HOST or http://HOST:PORT";
}

std::string PodApiServer(const std::string& text, Options* options) {
  options->pod_apiserver = text;
  if (text.empty()) return {};
  const auto at = base::ParseHostPort(text);
  return at && !at->host.empty() ? std::string() : "\"" + text + "\" is not HOST:PORT";
}

std::string Listen(const std::string& text, std::string* address) {
  *address = text;
  const auto at = base::ParseHostPort(text);
  const bool usable = at && (at->host.empty() || at->host == "localhost" || Address(at->host));
  return usable ? std::string()
                : "\"" + text +
                      "\" is not ADDRESS:PORT with an IP address of this machine, or :PORT for all "
                      "of them";
}
std::string KubeletListen(const std::string& text, Options* options) {
  return Listen(text, &options->kubelet_listen);
}
std::string MetricsListen(const std::string& text, Options* options) {
  return Listen(text, &options->metrics_listen);
}

// A positive Kubernetes quantity; the API server judges the rest.
std::string CheckQuantity(const std::string& text) {
  const bool number = !text.empty() && text.front() >= '1' && text.front() <= '9';
  return number ? std::string() : "\"" + text + "\" is not a quantity such as 10000 or 40Ti";
}
template <std::string Options::* kField>
std::string Quantity(const std::string& text, Options* options) {
  options->*kField = text;
  return CheckQuantity(text);
}

std::string StorageEviction(const std::string& text, Options* options) {
  return Choose<bool>(text, {{"on", true}, {"off", false}}, &options->storage_eviction);
}

// Extended resources are whole numbers.
std::string QuotaGpu(const std::string& text, Options* options) {
  options->quota_gpu = text;
  const bool digits =
      text.size() <= 9 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (digits) return {};
  return "\"" + text + "\" is not a number of GPUs such as 100";
}

constexpr Setting kSettings[] = {
    {"--kubeconfig", "kubeconfig", "KUBECONFIG", "FILE", "",
     "how to reach the API server; empty: as a pod of the cluster", false, false,
     Text<&Options::kubeconfig>},
    {"--node-name", "node-name", "NODE_NAME", "NAME", "virtual-kubelet", "name of the virtual node",
     false, false, NodeName},
    {"--node-ip", "node-ip", "NODE_IP", "IP", "",
     "address at which the API server reaches --kubelet-listen", true, false, NodeIp},
    {"--kubelet-listen", "kubelet-listen", "", "ADDR:PORT", ":10250",
     "where logs are served over HTTPS", false, false, KubeletListen},
    {"--kubelet-cert", "kubelet-cert", "", "FILE", "",
     "certificate of that server (PEM); empty: self-signed", false, false,
     Text<&Options::kubelet_cert_file>},
    {"--kubelet-key", "kubelet-key", "", "FILE", "", "its private key (PEM)", false, false,
     Text<&Options::kubelet_key_file>},
    {"--metrics-listen", "metrics-listen", "", "ADDR:PORT", "127.0.0.1:10255",
     "where /healthz, /readyz and /metrics are served", false, false, MetricsListen},
    {"--zone", "zone", "ECI_ZONE", "ZONE", "", "zone labels of the node; empty: none", false, false,
     Text<&Options::zone>},
    {"--cluster-dns", "cluster-dns", "", "IP[,IP]", "",
     "name servers of pods with dnsPolicy ClusterFirst", false, false, Dns},
    {"--cluster-domain", "cluster-domain", "", "DOMAIN", "cluster.local",
     "DNS domain of the cluster", false, false, Text<&Options::cluster_domain>},
    {"--pod-apiserver", "pod-apiserver", "", "HOST:PORT", "",
     "API server as pods reach it; empty: its ClusterIP", false, false, PodApiServer},
    {"--run-daemonsets", "run-daemonsets", "", "", "false",
     "run the pods of DaemonSets instead of leaving them Pending", false, true, RunDaemonSets},
    {"--volume-permissions-image", "volume-permissions-image", "", "IMAGE", "",
     "image with sh, chgrp, chmod and find that gives disks to a pod's fsGroup; empty: such pods "
     "are refused",
     false, false, Text<&Options::volume_permissions_image>},
    {"--strict-pod-fields", "strict-pod-fields", "", "", "false",
     "leave pods Pending that ask for what is not enforced (docs/reference/pod-support.md)", false,
     true, StrictPodFields},
    {"--runtime-classes", "runtime-classes", "", "NAME[,NAME]", "",
     "runtime classes for which the cloud's sandbox will do; pods with others are left Pending",
     false, false, RuntimeClasses, true},
    {"--replace-host-path", "replace-host-path", "", "FOLDER", "",
     "an emptyDir stands for hostPath volumes of this folder and those below it; may be repeated",
     false, false, ReplacedHostPaths, true},
    {"--private-zone", "private-zone", "ECI_PRIVATE_ZONE", "off|annotated|all", "off",
     "names of Services in the VPC: of none, of those with the annotation, of all", false, false,
     Zones},
    {"--image-caches", "image-caches", "ECI_IMAGE_CACHES", "on|off", "on",
     "make the cluster's ImageCache objects in the cloud", false, false, Caches},
    {"--orphan-sweep", "orphan-sweep", "", "on|off|force", "on",
     "delete container groups of this node that have no pod", false, false, Sweep},
    {"--orphan-grace", "orphan-grace", "", "SECONDS", "60", "how old such a group must be", false,
     false, Grace},
    {"--token-lifetime", "token-lifetime", "", "SECONDS", "86400",
     "asked for ServiceAccount tokens where the API server does not make the usual hour a year",
     false, false, TokenLifetime},
    {"--longest-deletion-grace", "longest-deletion-grace", "", "SECONDS", "0",
     "how much time a deletion may give a pod beyond its terminationGracePeriodSeconds; containers "
     "that do not end on SIGTERM take as long to get a new image; not for pods with liveness or "
     "startup probes or sidecars",
     false, false, DeletionGrace},
    {"--cloud-read-share", "cloud-read-share", "", "SHARE", "0.1",
     "our part of the account's limits on reading calls, above 0 and at most 1", false, false,
     ReadShare},
    {"--cloud-limits", "cloud-limits", "", "documented|lifted", "documented",
     "lifted: no limit on the rate of calls", false, false, Limits},
    {"--log-level", "log-level", "", "debug|info|warning|error", "info",
     "least level that is logged", false, false, Level},
    {"--region", "region", "ECI_REGION", "REGION", "", "region of the container groups", true,
     false, Region},
    {"--vpc", "vpc", "ECI_VPC", "ID", "", "VPC of the container groups", false, false, Vpc},
    {"--vswitch", "vswitch", "ECI_VSWITCH", "ID[,ID]", "",
     "vSwitches of the container groups, at most 10", true, false, VSwitches},
    {"--vswitch-zones", "vswitch-zones", "ECI_VSWITCH_ZONES", "ID=ZONE[,ID=ZONE]", "",
     "zones of these vSwitches, to choose one where a pod's disks are", false, false, VSwitchZones},
    {"--security-group", "security-group", "ECI_SECURITY_GROUP", "ID[,ID]", "",
     "security groups of the container groups, at most 5", true, false, SecurityGroups},
    {"", "access-key", "ECI_ACCESS_KEY", "", "", "AccessKey id; required without --oidc-token-file",
     false, false, Text<&Options::access_key>},
    {"", "secret-key", "ECI_SECRET_KEY", "", "",
     "AccessKey secret; required without --oidc-token-file", false, false,
     Secret<&Options::secret_key>},
    {"", "security-token", "ECI_SECURITY_TOKEN", "", "", "STS token of a temporary AccessKey",
     false, false, Secret<&Options::security_token>},
    {"--role-arn", "role-arn", "ALIBABA_CLOUD_ROLE_ARN", "ARN", "",
     "RAM role to act as, by keys of an hour from STS; empty: none", false, false,
     Text<&Options::role_arn>},
    {"--oidc-provider-arn", "oidc-provider-arn", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "ARN", "",
     "identity provider whose token gets the role, instead of an AccessKey", false, false,
     Text<&Options::oidc_provider_arn>},
    {"--oidc-token-file", "oidc-token-file", "ALIBABA_CLOUD_OIDC_TOKEN_FILE", "FILE", "",
     "that token, such as a projected ServiceAccount token; read at each renewal", false, false,
     Text<&Options::oidc_token_file>},
    {"--cluster-id", "cluster-id", "ALIYUN_CLUSTERID", "ID", "",
     "cluster id in the groups' tags; empty: UID of kube-system", false, false,
     Text<&Options::cluster_id>},
    {"--eci-endpoint", "eci-endpoint", "ECI_ENDPOINT", "URL", "",
     "ECI's address; empty: the region's", false, false, Url<&Options::eci_endpoint>},
    {"--pvtz-endpoint", "pvtz-endpoint", "PVTZ_ENDPOINT", "URL", "",
     "PrivateZone's address; empty: https://pvtz.aliyuncs.com", false, false,
     Url<&Options::pvtz_endpoint>},
    {"--sts-endpoint", "sts-endpoint", "STS_ENDPOINT", "URL", "",
     "STS's address, for --role-arn; empty: the region's", false, false,
     Url<&Options::sts_endpoint>},
    {"--storage-eviction", "storage-eviction", "", "on|off", "on",
     "evict pods that outgrow their limits of ephemeral-storage", false, false, StorageEviction},
    {"--quota-cpu", "quota-cpu", "ECI_QUOTA_CPU", "QUANTITY", "10000", "vCPUs the node offers",
     false, false, Quantity<&Options::quota_cpu>},
    {"--quota-memory", "quota-memory", "ECI_QUOTA_MEMORY", "QUANTITY", "40Ti",
     "memory the node offers", false, false, Quantity<&Options::quota_memory>},
    {"--quota-pods", "quota-pods", "ECI_QUOTA_POD", "NUMBER", "5000", "pods the node offers", false,
     false, Quantity<&Options::quota_pods>},
    {"--quota-gpu", "quota-gpu", "ECI_QUOTA_GPU", "NUMBER", "",
     "GPUs the node offers as nvidia.com/gpu; empty: says nothing of them; 0 takes a number back",
     false, false, QuotaGpu},
};

}  // namespace

std::span<const Setting> Settings() { return kSettings; }

}  // namespace vk::config
