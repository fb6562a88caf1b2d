#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "provider/translate/planning.h"

namespace vk::translate {

// The modes that files of the cluster (ConfigMap, Secret, downward and projected volumes) get by a
// pod's fsGroup. As on a kubelet they become readable for owner and group. The cloud cannot give
// them to the group, they stay root's; so where a container that mounts the volume could not read
// them otherwise, others get the group's bits as well, and the pod's event says so. Annotation
// k8s.aliyun.com/fs-group-modes: "exact" leaves that out.
// Source: SetVolumeOwnership in pkg/volume/volume_linux.go.
class GroupAccess {
 public:
  // REQUIRES: the arguments outlive the object. `path` is the volume's, such as "spec.volumes[0]".
  GroupAccess(const core::Volume& volume, std::string path, const Translation& translation);

  // The mode of a file that asks for `mode`.
  std::int32_t Mode(std::int32_t mode);
  // The mode of a ServiceAccount token; nothing: the volume's. A kubelet gives the file to the one
  // user of all containers (0600) or to fsGroup (0640), whatever mode the volume asks for. Here it
  // is root's, and the same users read it: by 0600 or 0640 where they are root or in its group,
  // else by 0644. Source: collectData in pkg/volume/projected/projected.go, FsUserFrom in
  // pkg/volume/util/util.go.
  std::optional<std::int32_t> TokenMode() const;
  // After the last file: notes what was opened to others.
  void Tell() const;

 private:
  const core::Volume& volume_;
  const std::string path_;
  const Translation& translation_;
  bool applies_ = false;  // The pod has a fsGroup.
  bool others_ = false;   // A container is in neither root's group nor root, or may be.
  bool opens_ = false;    // For them, others get the group's bits.
  std::set<std::int32_t> opened_;
};

}  // namespace vk::translate
