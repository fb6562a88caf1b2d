#pragma once

#include <map>
#include <string>
#include <vector>

#include "proto/eci/v1/container_group.pb.h"
#include "provider/translate/identity.h"
#include "provider/translate/references.h"
#include "provider/translate/sizing.h"

namespace vk::translate {

// What the agent knows about its node and cluster, the same for every pod.
struct NodeFacts {
  GroupIdentity identity;  // cluster_id, kube_system_uid and node_name; the rest is the pod's.
  std::string node_ip;
  std::string region;
  std::vector<std::string> v_switch_ids;
  std::map<std::string, std::string> v_switch_zones;  // By id, of those whose zone was told.
  std::vector<std::string> security_group_ids;
  std::vector<std::string>
      cluster_dns;  // Empty: ClusterFirst falls back to Default, with event MissingClusterDNS.
  std::string cluster_domain;
  bool private_zone = false;  // Services have names in the VPC's own DNS (service_zone.h).
  std::string pod_apiserver;  // "host:port" that replaces the API server's ClusterIP in the
                              // environment; empty: left as it is.
  bool run_daemonsets = false;
  std::int64_t longest_deletion_grace = 0;  // Seconds (deletion_room.h); 0: the pod's own.
  std::string volume_permissions_image;  // For fsGroup on disks (storage_plan.h); empty: refused.
  bool strict_pod_fields = false;        // Weakened fields are refused.
  std::vector<std::string> runtime_classes;      // For which the cloud's sandbox will do.
  std::vector<std::string> replaced_host_paths;  // Absolute; an emptyDir stands for them.
};

// Something a person should read with `kubectl describe pod`.
struct Notice {
  bool warning = true;
  std::string reason;  // "MissingClusterDNS"
  std::string message;
  bool once = false;  // Told to a pod once, not again with another attempt or after a restart.

  bool operator==(const Notice&) const = default;
};

// The request for a pod's group: everything but ClientToken, which is the caller's.
struct GroupPlan {
  eci::v1::CreateContainerGroupRequest request;
  Size wanted;  // What the pod's resources ask for, see WantedSize.
  std::vector<Notice> notices;
};

// Why a pod cannot become a group now. It stays Pending; nothing is sent to the cloud.
struct NotNow {
  enum class Kind {
    kWaiting,      // A required object or key is missing; `missing` says which to watch.
    kUnsupported,  // A field that is refused: never run without it.
    kTooLarge,     // Over a limit of the cloud.
    kNotOurs,      // A DaemonSet's or a mirror pod.
    kInvalid,      // Cannot run anywhere: a bad annotation, a reference that cannot be expanded.
  };
  Kind kind;
  Notice notice;
  std::vector<ObjectReference> missing;
};

}  // namespace vk::translate
