#pragma once

#include "base/result.h"
#include "tools/fake_eci/containerd/hosted_group.h"

namespace vk::fake {

// Makes what the group's containers mount: /etc/hosts, and each volume as a folder (empty, or a
// tmpfs for Medium Memory), as files with their modes, or as a folder of the runtime that stands
// for an NFS server, an OSS bucket or a disk and stays; a new disk is root's with mode 0755. What
// is there already is left alone. Blocks. Errors: kInvalidArgument naming a volume that cannot be
// made.
base::Status MakeGroupFiles(const HostedGroup& group, const RuntimePaths& paths);

// Makes what one life of a container needs: its log's folder, its termination file, the folders of
// its sub paths, the files of volumes as the last update has them, and in volumes of files, which
// the runtime mounts read-only, the points at which the container has other volumes. Errors:
// kInvalidArgument naming a sub path that leaves its volume. Source: the kubelet,
// pkg/volume/util/nested_volumes.go, MakeNestedMountpoints.
base::Status MakeContainerFiles(const HostedGroup& group, std::size_t container, int attempt,
                                const RuntimePaths& paths);

// The log and the termination file of one life of a container. Idempotent.
void RemoveLifeFiles(const std::string& group_id, const std::string& container, int attempt,
                     const RuntimePaths& paths);

// Unmounts and removes all but the logs. Idempotent.
void RemoveVolumes(const std::string& group_id, const RuntimePaths& paths);

// Removes everything. Idempotent.
void RemoveGroupFiles(const std::string& group_id, const RuntimePaths& paths);

// What a container left at its termination message path, at most 4096 bytes; of one that failed
// with the policy FallbackToLogsOnError, else the end of its log. Source: the kubelet,
// pkg/kubelet/kuberuntime/kuberuntime_container.go, getTerminationMessage.
std::string TerminationMessage(const HostedGroup& group, std::size_t container, int attempt,
                               int exit_code, const RuntimePaths& paths);

}  // namespace vk::fake
