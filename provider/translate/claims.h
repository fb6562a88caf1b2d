#pragma once

#include <optional>
#include <string>
#include <vector>

#include "provider/translate/planning.h"
#include "provider/translate/storage.h"

// From a pod's claims and inline CSI volumes to the storage behind them. Internal to
// provider/translate.
namespace vk::translate {

// Whether the volume is storage that exists apart from the pod, other than the kinds that a pod
// names without a claim and the cloud mounts as they are (nfs, flexVolume): a claim, a generic
// ephemeral volume, an inline CSI volume.
bool IsStorage(const core::Volume& volume);

// The claim that a volume names: its own, or for a generic ephemeral volume `<pod>-<volume>`. Empty
// for other volumes.
std::string ClaimNameOf(const core::Pod& pod, const core::Volume& volume);

// What claims the pod waits for: those that are absent, not bound, being deleted or (for a generic
// ephemeral volume) not made for this pod, those whose volume is absent or bound to another claim,
// and those whose volume's Secret is absent. Nothing when all are ready. Source of the conditions:
// the kubelet, pkg/kubelet/volumemanager/populator. `missing` holds claims and volumes to watch; a
// volume's Secret is none of them, since it may be in a namespace that cannot be watched.
std::optional<NotNow> MissingClaims(const core::Pod& pod, const PodInputs& inputs);

// The storage behind a volume. `path` is the volume's, such as "spec.volumes[0]".
// REQUIRES: IsStorage, and MissingClaims found nothing. Errors: kUnsupported, naming the mode or
// the kind of volume that the cloud cannot mount.
Planned<StorageSource> SourceOf(const core::Volume& volume, const std::string& path,
                                const core::Pod& pod, const PodInputs& inputs);

}  // namespace vk::translate
