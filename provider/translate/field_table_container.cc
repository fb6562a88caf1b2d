#include "provider/translate/field_table.h"

namespace vk::translate {
namespace {

using enum Treatment;
using namespace condition;

constexpr std::string_view kOfInit =
    "the cloud's init containers have no parameter for it; only a container can have it";
constexpr std::string_view kStartupDiffering =
    "the cloud has no startup probe: the readinessProbe says as well when the container has "
    "started";
constexpr std::string_view kStartupAsReadiness =
    "sent as readinessProbe if there is none; the livenessProbe begins when this one would have "
    "failed for good; one Warning StartupProbeOverdue if the container is not ready by then, where "
    "a kubelet restarts it";
constexpr std::string_view kProbesItself =
    "the cloud's probes ask the container group's own address; remove the host";

constexpr FieldRule kRules[] = {
    {"Container", "args", kMapped},
    {"Container", "command", kMapped},
    {"Container", "env", kInside},
    {"Container", "envFrom", kMapped},
    {"Container", "image", kMapped},
    {"Container", "imagePullPolicy", kMapped},
    {"Container", "lifecycle", kInside},
    {"Container", "livenessProbe", kInside},
    {"Container", "name", kMapped},
    {"Container", "ports", kInside},
    {"Container", "readinessProbe", kInside},
    {"Container", "resizePolicy", kIgnored, "the status offers no resize in place"},
    {"Container", "resources", kInside},
    {"Container", "restartPolicy", kMapped, "", "", &kRestartPolicyIsThePods},
    {"Container", "restartPolicy", kRefused,
     "the cloud restarts all containers of a group by one policy, the pod's; remove it"},
    {"Container", "restartPolicyRules", kRefused,
     "the cloud restarts all containers of a group by one policy, the pod's; remove them"},
    {"Container", "securityContext", kInside},
    {"Container", "startupProbe", kInside},
    {"Container", "startupProbe", kWeakened, kStartupDiffering, "", &kStartupDiffers},
    {"Container", "startupProbe", kEmulated, kStartupAsReadiness},
    {"Container", "stdin", kMapped},
    {"Container", "stdinOnce", kMapped},
    {"Container", "terminationMessagePath", kMapped},
    {"Container", "terminationMessagePolicy", kMapped},
    {"Container", "tty", kMapped},
    {"Container", "volumeDevices", kRefused,
     "the cloud mounts file systems only; use volumeMounts with volumeMode Filesystem"},
    {"Container", "volumeMounts", kInside},
    {"Container", "workingDir", kMapped},

    // The cloud's InitContainer has fewer parameters.
    {"InitContainer", "lifecycle", kMapped, "", "", &kIsSidecar},
    {"InitContainer", "lifecycle", kInside},
    {"InitContainer", "lifecycle", kRefused, kOfInit},
    {"InitContainer", "livenessProbe", kMapped, "", "", &kIsSidecar},
    {"InitContainer", "livenessProbe", kInside},
    {"InitContainer", "livenessProbe", kRefused, kOfInit},
    {"InitContainer", "readinessProbe", kMapped, "", "", &kIsSidecar},
    {"InitContainer", "readinessProbe", kInside},
    {"InitContainer", "readinessProbe", kRefused, kOfInit},
    {"InitContainer", "restartPolicy", kMapped,
     "a sidecar: a container of the group, which starts before and ends after the others", "",
     &kSidecarRestarts},
    {"InitContainer", "restartPolicy", kWeakened,
     "the cloud restarts all containers of a group by one policy, the pod's, sidecars as well", "",
     &kIsSidecar},
    {"InitContainer", "restartPolicy", kRefused,
     "the cloud restarts all containers of a group by one policy, the pod's; remove it"},
    {"InitContainer", "securityContext", kInside, "InitSecurityContext"},
    {"InitContainer", "startupProbe", kRefused, kOfInit, "", &kIsOrdinaryInit},
    {"InitContainer", "startupProbe", kInside},
    {"InitContainer", "startupProbe", kWeakened, kStartupDiffering, "", &kStartupDiffers},
    {"InitContainer", "startupProbe", kEmulated, kStartupAsReadiness},
    {"InitContainer", "stdin", kMapped, "", "", &kIsSidecar},
    {"InitContainer", "stdin", kRefused, kOfInit, "false"},
    {"InitContainer", "stdinOnce", kMapped, "", "", &kIsSidecar},
    {"InitContainer", "stdinOnce", kRefused, kOfInit, "false"},
    {"InitContainer", "tty", kMapped, "", "", &kIsSidecar},
    {"InitContainer", "tty", kRefused, kOfInit, "false"},
    {"InitSecurityContext", "privileged", kMapped, "", "", &kIsSidecar},
    {"InitSecurityContext", "privileged", kRefused,
     "the cloud's init containers cannot be privileged; kernel settings can be had with "
     "securityContext.sysctls of the pod",
     "false"},
    {"InitSecurityContext", "runAsGroup", kMapped, "", "", &kIsSidecar},
    {"InitSecurityContext", "runAsGroup", kRefused,
     "the cloud's init containers run in the group of their image, which the other container may "
     "have no access for; give both the same runAsUser",
     "", &kGroupOfInitMatters},
    {"InitSecurityContext", "runAsGroup", kWeakened,
     "the cloud's init containers run in the group of their image"},
    {"InitSecurityContext", "runAsNonRoot", kMapped, "", "", &kIsSidecar},
    {"InitSecurityContext", "runAsNonRoot", kWeakened,
     "the cloud does not check the user of an init container's image; runAsUser settles it",
     "false", &kUserIsUnknown},
    {"InitSecurityContext", "runAsNonRoot", kEmulated,
     "runAsUser is looked at before the group is made", "false"},

    {"ContainerPort", "containerPort", kRefused,
     "the sandbox uses this port itself; let the program listen on another one", "",
     &kSandboxUsesPort},
    {"ContainerPort", "containerPort", kMapped},
    {"ContainerPort", "hostIP", kIgnored, "says where hostPort is open", "", &kWithoutHostPort},
    {"ContainerPort", "hostIP", kRefused,
     "there is no machine whose address this could be; remove it", "0.0.0.0 ::"},
    {"ContainerPort", "hostPort", kWeakened,
     "the port is open at the pod's own address, not at a node's", "0", &kPortIsTheContainers},
    {"ContainerPort", "hostPort", kRefused,
     "there is no machine whose port this could be; the pod's own address has all of its ports",
     "0"},
    {"ContainerPort", "name", kMapped},
    {"ContainerPort", "protocol", kRefused, "the cloud has TCP and UDP", "TCP UDP"},

    {"EnvVar", "name", kMapped},
    {"EnvVar", "value", kMapped,
     "`$(POD_IP)` as a part of it is put in by the shell of a container that runs sh -c or bash "
     "-c, where kubectl exec does not see the variable; refused elsewhere"},
    {"EnvVar", "valueFrom", kInside},
    {"EnvVarSource", "configMapKeyRef", kMapped},
    {"EnvVarSource", "fieldRef", kMapped},
    {"EnvVarSource", "fileKeyRef", kRefused,
     "the cloud sets variables before any container has written a file; have the command read the "
     "file"},
    {"EnvVarSource", "resourceFieldRef", kMapped},
    {"EnvVarSource", "secretKeyRef", kMapped},

    {"Lifecycle", "postStart", kInside, "PostStart"},
    {"Lifecycle", "preStop", kInside, "PreStop"},
    {"Lifecycle", "stopSignal", kRefused,
     "the cloud stops containers with SIGTERM; let a preStop hook send the other signal",
     "SIGTERM"},
    {"LifecycleHandler", "exec", kMapped},
    {"LifecycleHandler", "httpGet", kMapped},
    {"LifecycleHandler", "sleep", kRefused, "the cloud's hooks are commands, HTTP and TCP"},
    {"LifecycleHandler", "tcpSocket", kMapped},
    {"PreStop", "sleep", kWeakened,
     "the group is deleted so much later, as the longest sleep of its containers says; a restart "
     "waits for none"},
    {"PostStart", "sleep", kWeakened,
     "the cloud's hooks are commands, HTTP and TCP; the container counts as started without it"},

    {"Probe", "failureThreshold", kMapped},
    {"Probe", "handler", kInside},
    {"Probe", "initialDelaySeconds", kMapped},
    {"Probe", "periodSeconds", kMapped},
    {"Probe", "successThreshold", kMapped},
    {"Probe", "terminationGracePeriodSeconds", kMapped, "", "", &kGraceIsThePods},
    {"Probe", "terminationGracePeriodSeconds", kWeakened,
     "a container that its probe stops gets the pod's own grace"},
    {"Probe", "timeoutSeconds", kMapped},
    {"ProbeHandler", "exec", kMapped},
    {"ProbeHandler", "grpc", kWeakened,
     "the cloud's probes are commands, HTTP and TCP: it connects to the port by TCP"},
    {"ProbeHandler", "httpGet", kInside},
    {"ProbeHandler", "tcpSocket", kInside},
    {"HTTPGetAction", "host", kRefused, kProbesItself},
    {"HTTPGetAction", "httpHeaders", kWeakened,
     "the cloud's probes send no headers: it connects to the port by TCP"},
    {"HTTPGetAction", "path", kMapped},
    {"HTTPGetAction", "port", kMapped},
    {"HTTPGetAction", "scheme", kMapped},
    {"TCPSocketAction", "host", kRefused, kProbesItself},
    {"TCPSocketAction", "port", kMapped},

    {"SecurityContext", "allowPrivilegeEscalation", kWeakened,
     "the cloud has no parameter for it; setuid programs of the image keep their effect", "true"},
    {"SecurityContext", "appArmorProfile", kInside},
    {"SecurityContext", "capabilities", kInside},
    {"SecurityContext", "privileged", kMapped},
    {"SecurityContext", "procMount", kRefused, "the cloud has the default only; remove it",
     "Default"},
    {"SecurityContext", "readOnlyRootFilesystem", kMapped},
    {"SecurityContext", "runAsGroup", kMapped},
    {"SecurityContext", "runAsNonRoot", kMapped},
    {"SecurityContext", "runAsUser", kMapped},
    {"SecurityContext", "seLinuxOptions", kMoot,
     "labels separate the pods of one machine, and the sandbox holds this pod alone"},
    {"SecurityContext", "seccompProfile", kInside},
    {"SecurityContext", "windowsOptions", kRefused, "the node runs Linux"},
    {"Capabilities", "add", kMapped},
    {"Capabilities", "drop", kMoot, "a user other than root has no capabilities to lose", "",
     &kUserIsNotRoot},
    {"Capabilities", "drop", kWeakened,
     "the cloud can add capabilities, not take them away; runAsUser over 0 does without them"},

    {"VolumeMount", "mountPath", kMapped},
    {"VolumeMount", "mountPropagation", kMapped},
    {"VolumeMount", "name", kMapped},
    {"VolumeMount", "readOnly", kMapped},
    {"VolumeMount", "recursiveReadOnly", kEmulated,
     "the volumes of a group have no mounts within them", "Disabled"},
    {"VolumeMount", "subPath", kMapped},
    {"VolumeMount", "subPathExpr", kMapped},
};

}  // namespace

std::span<const FieldRule> ContainerFieldRules() { return kRules; }

}  // namespace vk::translate
