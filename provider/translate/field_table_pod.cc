#include "provider/translate/field_table.h"

namespace vk::translate {
namespace {

using enum Treatment;
using namespace condition;

constexpr std::string_view kScheduler = "the scheduler's, done before the pod is this node's";
constexpr std::string_view kNoMachine =
    "there is no machine whose network, processes or memory could be shared";

constexpr FieldRule kRules[] = {
    {"Pod", "metadata", kMapped},
    {"Pod", "spec", kInside},
    {"Pod", "status", kIgnored, "what this node writes"},

    {"PodSpec", "activeDeadlineSeconds", kMapped},
    {"PodSpec", "affinity", kIgnored, kScheduler},
    {"PodSpec", "automountServiceAccountToken", kIgnored, "admission added the volume, or not"},
    {"PodSpec", "containers", kInside},
    {"PodSpec", "dnsConfig", kMapped},
    {"PodSpec", "dnsPolicy", kMapped},
    {"PodSpec", "enableServiceLinks", kMapped},
    {"PodSpec", "ephemeralContainers", kIgnored,
     "added for debugging to a pod that exists; they must not keep it from starting"},
    {"PodSpec", "hostAliases", kMapped},
    {"PodSpec", "hostIPC", kRefused, kNoMachine, "false"},
    {"PodSpec", "hostNetwork", kRefused, kNoMachine, "false"},
    {"PodSpec", "hostPID", kRefused, kNoMachine, "false"},
    {"PodSpec", "hostUsers", kWeakened, "the sandbox has one user namespace, of its own", "true"},
    {"PodSpec", "hostname", kMapped},
    {"PodSpec", "hostnameOverride", kMapped},
    {"PodSpec", "imagePullSecrets", kMapped},
    {"PodSpec", "initContainers", kInside, "InitContainer"},
    {"PodSpec", "nodeName", kMapped},
    {"PodSpec", "nodeSelector", kIgnored, kScheduler},
    {"PodSpec", "os", kInside},
    {"PodSpec", "overhead", kIgnored,
     "what the runtime class adds for the scheduler; the sandbox is not billed"},
    {"PodSpec", "preemptionPolicy", kIgnored, kScheduler},
    {"PodSpec", "priority", kIgnored, kScheduler},
    {"PodSpec", "priorityClassName", kIgnored, kScheduler},
    {"PodSpec", "readinessGates", kMapped},
    {"PodSpec", "resourceClaims", kRefused,
     "the cloud has no dynamic resources; ask for a GPU with limits nvidia.com/gpu"},
    {"PodSpec", "resources", kInside},
    {"PodSpec", "restartPolicy", kMapped},
    {"PodSpec", "runtimeClassName", kWeakened,
     "the cloud's own sandbox is the only runtime; `--runtime-classes` says that it will do", "",
     &kRuntimeClassIsListed},
    {"PodSpec", "runtimeClassName", kRefused,
     "the cloud's own sandbox is the only runtime; if it will do for this class, name the class in "
     "`--runtime-classes`"},
    {"PodSpec", "schedulerName", kIgnored, kScheduler},
    {"PodSpec", "schedulingGates", kIgnored, kScheduler},
    {"PodSpec", "schedulingGroup", kIgnored, kScheduler},
    {"PodSpec", "securityContext", kInside},
    {"PodSpec", "serviceAccount", kIgnored, "the old name of serviceAccountName, kept equal"},
    {"PodSpec", "serviceAccountName", kMapped},
    {"PodSpec", "setHostnameAsFQDN", kRefused,
     "the cloud's host names have no dots; have the program put the name together", "false"},
    {"PodSpec", "shareProcessNamespace", kMapped},
    {"PodSpec", "subdomain", kIgnored, "the name in DNS, which the headless Service makes"},
    {"PodSpec", "terminationGracePeriodSeconds", kMapped},
    {"PodSpec", "tolerations", kIgnored, kScheduler},
    {"PodSpec", "topologySpreadConstraints", kIgnored, kScheduler},
    {"PodSpec", "volumes", kInside},

    {"PodOS", "name", kRefused, "the node runs Linux", "linux"},

    {"PodSecurityContext", "appArmorProfile", kInside},
    {"PodSecurityContext", "fsGroup", kRefused,
     "a new disk belongs to root and the cloud cannot give it to a group; set "
     "`--volume-permissions-image` for the node, whose init container does it, or have one of the "
     "pod that runs as root do it, and remove fsGroup",
     "", &kHasWritableDisk},
    {"PodSecurityContext", "fsGroup", kEmulated,
     "files of ConfigMaps, Secrets, downward and projected volumes become readable for the "
     "containers; an emptyDir is writable for everybody; NFS and FlexVolumes are left as they are, "
     "as a kubelet leaves NFS"},
    {"PodSecurityContext", "fsGroupChangePolicy", kIgnored, "says how fsGroup is applied"},
    {"PodSecurityContext", "runAsGroup", kRefused,
     "the cloud's init containers run in the group of their image, which the other container may "
     "have no access for; give both the same runAsUser",
     "", &kGroupOfInitMatters},
    {"PodSecurityContext", "runAsGroup", kWeakened,
     "the cloud's init containers run in the group of their image; the others in this one", "",
     &kHasInitWithoutGroup},
    {"PodSecurityContext", "runAsGroup", kMapped},
    {"PodSecurityContext", "runAsNonRoot", kWeakened,
     "the cloud does not check the user of an init container's image; runAsUser settles it",
     "false", &kHasInitWithoutUser},
    {"PodSecurityContext", "runAsNonRoot", kMapped},
    {"PodSecurityContext", "runAsUser", kMapped},
    {"PodSecurityContext", "seLinuxChangePolicy", kIgnored, "says how seLinuxOptions are applied"},
    {"PodSecurityContext", "seLinuxOptions", kMoot,
     "labels separate the pods of one machine, and the sandbox holds this pod alone"},
    {"PodSecurityContext", "seccompProfile", kInside},
    {"PodSecurityContext", "supplementalGroups", kRefused,
     "the cloud has no parameter for it, and files of the volume may be open to the group alone; "
     "runAsGroup is possible",
     "", &kGroupsOpenStorage},
    {"PodSecurityContext", "supplementalGroups", kWeakened,
     "the cloud has no parameter for it; no volume has files of the group"},
    {"PodSecurityContext", "supplementalGroupsPolicy", kWeakened,
     "groups that the image gives its user are kept", "Merge"},
    {"PodSecurityContext", "sysctls", kMapped},
    {"PodSecurityContext", "windowsOptions", kRefused, "the node runs Linux"},
    {"AppArmorProfile", "localhostProfile", kIgnored, "named with type Localhost"},
    {"AppArmorProfile", "type", kMoot, "the sandbox holds this pod alone", "", &kIsRuntimeDefault},
    {"AppArmorProfile", "type", kMapped, "", "", &kIsUnconfined},
    {"AppArmorProfile", "type", kWeakened, "the cloud has no parameter for a profile"},
    {"SeccompProfile", "localhostProfile", kIgnored, "named with type Localhost"},
    {"SeccompProfile", "type", kMoot, "the sandbox has a kernel of its own", "Unconfined",
     &kIsRuntimeDefault},
    {"SeccompProfile", "type", kWeakened, "the cloud has no parameter for a profile", "Unconfined"},

    {"ResourceRequirements", "claims", kRefused,
     "the cloud has no dynamic resources; ask for a GPU with limits nvidia.com/gpu"},
    {"ResourceRequirements", "limits", kAmounts, "cpu memory ephemeral-storage nvidia.com/gpu"},
    {"ResourceRequirements", "requests", kAmounts, "cpu memory ephemeral-storage nvidia.com/gpu"},
};

}  // namespace

std::span<const FieldRule> PodFieldRules() { return kRules; }

}  // namespace vk::translate
