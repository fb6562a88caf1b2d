#include "provider/translate/field_table.h"

namespace vk::translate {
namespace {

using enum Treatment;
using namespace condition;

constexpr std::string_view kOtherStorage =
    "storage that the cloud does not have; use a claim, NFS or a FlexVolume of the cloud";

constexpr FieldRule kRules[] = {
    {"Volume", "name", kMapped},
    {"Volume", "volumeSource", kInside},
    {"VolumeSource", "awsElasticBlockStore", kRefused, kOtherStorage},
    {"VolumeSource", "azureDisk", kRefused, kOtherStorage},
    {"VolumeSource", "azureFile", kRefused, kOtherStorage},
    {"VolumeSource", "cephfs", kRefused, kOtherStorage},
    {"VolumeSource", "cinder", kRefused, kOtherStorage},
    {"VolumeSource", "configMap", kMapped},
    {"VolumeSource", "csi", kMapped},
    {"VolumeSource", "downwardAPI", kMapped},
    {"VolumeSource", "emptyDir", kInside},
    {"VolumeSource", "ephemeral", kMapped},
    {"VolumeSource", "fc", kRefused, kOtherStorage},
    {"VolumeSource", "flexVolume", kInside},
    {"VolumeSource", "flocker", kRefused, kOtherStorage},
    {"VolumeSource", "gcePersistentDisk", kRefused, kOtherStorage},
    {"VolumeSource", "gitRepo", kRefused,
     "Kubernetes has retired it; clone in an init container, into an emptyDir"},
    {"VolumeSource", "glusterfs", kRefused, kOtherStorage},
    {"VolumeSource", "hostPath", kEmulated,
     "not mounted: the image's own files serve, and the sandbox is in UTC as nodes are", "",
     &kIsTimeZoneFile},
    {"VolumeSource", "hostPath", kEmulated, "an emptyDir in memory", "", &kIsSharedMemory},
    {"VolumeSource", "hostPath", kWeakened,
     "an emptyDir: not shared with other pods, and not kept after this one", "", &kIsScratchFolder},
    {"VolumeSource", "hostPath", kWeakened,
     "an emptyDir: not shared with other pods, and not kept after this one", "",
     &kIsReplacedFolder},
    {"VolumeSource", "hostPath", kRefused,
     "there is no machine of which this could be a folder; an emptyDir holds what the pod itself "
     "writes, and --replace-host-path can make one of it"},
    {"VolumeSource", "image", kRefused,
     "the cloud mounts no images; copy the files in an init container of that image, into an "
     "emptyDir"},
    {"VolumeSource", "iscsi", kRefused, kOtherStorage},
    {"VolumeSource", "nfs", kMapped},
    {"VolumeSource", "persistentVolumeClaim", kMapped},
    {"VolumeSource", "photonPersistentDisk", kRefused, kOtherStorage},
    {"VolumeSource", "portworxVolume", kRefused, kOtherStorage},
    {"VolumeSource", "projected", kInside},
    {"VolumeSource", "quobyte", kRefused, kOtherStorage},
    {"VolumeSource", "rbd", kRefused, kOtherStorage},
    {"VolumeSource", "scaleIO", kRefused, kOtherStorage},
    {"VolumeSource", "secret", kMapped},
    {"VolumeSource", "storageos", kRefused, kOtherStorage},
    {"VolumeSource", "vsphereVolume", kRefused, kOtherStorage},
    {"EmptyDirVolumeSource", "medium", kRefused, "the cloud has no huge pages; use Memory",
     "Memory"},
    {"EmptyDirVolumeSource", "sizeLimit", kMapped},
    {"FlexVolumeSource", "driver", kRefused,
     "the cloud has alicloud/disk, alicloud/nas and alicloud/oss",
     "alicloud/disk alicloud/nas alicloud/oss"},
    {"FlexVolumeSource", "fsType", kMapped},
    {"FlexVolumeSource", "options", kMapped},
    {"FlexVolumeSource", "readOnly", kEmulated, "its mounts are read-only", "false"},
    {"FlexVolumeSource", "secretRef", kRefused,
     "Secrets are not given to drivers; put the values into options, or use a RAM role"},
    {"ProjectedVolumeSource", "defaultMode", kMapped},
    {"ProjectedVolumeSource", "sources", kInside},
    {"VolumeProjection", "clusterTrustBundle", kRefused,
     "not read by this node; a ConfigMap can hold the certificates"},
    {"VolumeProjection", "configMap", kMapped},
    {"VolumeProjection", "downwardAPI", kMapped},
    {"VolumeProjection", "podCertificate", kRefused,
     "the node keeps no keys for pods; a Secret can hold key and certificate"},
    {"VolumeProjection", "secret", kMapped},
    {"VolumeProjection", "serviceAccountToken", kEmulated,
     "the file is root's; those that a kubelet gives it to (the one user of all containers, or "
     "fsGroup) read it as well, by mode 0600, 0640 or 0644"},
};

}  // namespace

std::span<const FieldRule> VolumeFieldRules() { return kRules; }

}  // namespace vk::translate
