#pragma once

#include <optional>
#include <string>
#include <vector>

#include "provider/translate/planning.h"

namespace vk::translate {

// What a pod's annotations choose for its group; docs/reference/annotations.md lists them. Read at
// creation only. Source: ECI, "Pod annotations".
struct GroupOptions {
  std::string v_switch_ids;        // Comma separated; empty: the node's.
  std::string security_group_ids;  // As above.
  std::string schedule_strategy;   // Empty: the cloud's default.
  std::string spot_strategy;       // Empty: not a spot instance.
  std::optional<float> spot_price_limit;
  std::optional<std::int64_t> spot_duration;
  std::string image_cache_id;  // Beats the automatic match.
  bool match_image_cache = true;
  bool init_before_sidecars = false;  // No ordinary init container needs a sidecar before it.
  std::optional<Size> size;           // The size of the first specification given as `2-4Gi`.
  std::string instance_types;         // The ECS types in front of it, comma separated.

  bool IsSpot() const { return !spot_strategy.empty() && spot_strategy != "NoSpot"; }
};

// Refuses values that the cloud cannot take. A specification list is cut before the first change
// from ECS types to sizes, and annotations of the cloud's own node that this one does not know are
// left out, both with a notice.
Planned<GroupOptions> ReadAnnotations(const core::Pod& pod, std::vector<Notice>& notices);

// An annotation this node reads or writes, for its reference page.
struct KnownAnnotation {
  std::string key;                  // "k8s.aliyun.com/eci-vswitch"
  std::vector<std::string> values;  // All that are taken; empty: not a fixed set.
  std::size_t most = 0;             // Entries of a list; 0: not a list.
};
std::vector<KnownAnnotation> KnownAnnotations();

}  // namespace vk::translate
