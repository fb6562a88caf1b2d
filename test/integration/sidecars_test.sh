#!/usr/bin/env bash
# Jobs with native sidecars complete on real containers, whether the cloud obeys the variables that tell it of sidecars or not: real API
# server and controllers, the agent, the fake cloud. Needs root. Programs from VK_BIN.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=../lib/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/lab.sh"
# shellcheck source-path=SCRIPTDIR source=../../tools/lib/demo/free_network.sh
source "$root/tools/lib/demo/free_network.sh"

end_test() {
  if [[ -n $fake_pid ]]; then kill -KILL "$fake_pid" 2>/dev/null || true; fi
  "$bin/fake-eci" --purge --runtime-dir "$work/runtime" || true
  end_lab
}
trap end_test EXIT

# shows KIND/NAME JSONPATH VALUE
shows() { [[ $(kube get "$1" --output=jsonpath="$2") == "$3" ]]; }
pod_of() { kube get pods --selector="job-name=$1" --output=jsonpath='{.items[0].metadata.name}'; }
# prints JOB CONTAINER TEXT
prints() { [[ $(kube logs "$(pod_of "$1")" --container="$2") == "$3" ]]; }

# job NAME SCRIPT: a Job whose container runs this, with a sidecar that serves after a moment and ends when it is told to.
job() {
  kube create --filename=- >/dev/null <<EOF
{apiVersion: batch/v1, kind: Job, metadata: {name: $1}, spec: {backoffLimit: 0, template: {spec: {restartPolicy: Never,
  terminationGracePeriodSeconds: 5, nodeSelector: {type: virtual-kubelet},
  tolerations: [{key: virtual-kubelet.io/provider, operator: Exists}], volumes: [{name: data, emptyDir: {}}],
  initContainers: [{name: proxy, image: "vk.test/busybox:1", restartPolicy: Always, volumeMounts: [{name: data, mountPath: /data}],
    command: [sh, -c, "trap 'echo told; exit 9' TERM; sleep 1; touch /data/up; while true; do sleep 0.1; done"],
    readinessProbe: {exec: {command: [test, -e, /data/up]}, periodSeconds: 1}}],
  containers: [{name: main, image: "vk.test/busybox:1", volumeMounts: [{name: data, mountPath: /data}],
    command: [sh, -c, "$2"]}]}}}}
EOF
}

start_cloud() {
  start_fake --profile instant --runtime containerd --runtime-dir "$work/runtime" --network "$network" \
    --image-archive "$work/pause.tar" --image-archive "$work/busybox.tar" "$@"
}

"$root/tools/images" build pause busybox >/dev/null
for image in pause busybox; do
  tar --create --file="$work/$image.tar" --directory="$("$root/tools/images" path $image)/oci" .
done
network=$(free_network)
start_cluster
identity=$("$root/tools/cluster" identity virtual-node --dir "$work/cluster")
start_cloud
start_agent "$identity"
eventually 30 "the node is Ready" shows node/virtual-kubelet '{.status.conditions[?(@.type=="Ready")].status}' True

job served "test -e /data/up && echo served"
eventually 60 "a Job with a sidecar completes" shows job/served '{.status.succeeded}' 1
eventually 5 "its container started once the sidecar was ready" prints served main served
eventually 5 "the sidecar was told to end" prints served proxy told
eventually 5 "it is reported as the init container that it is" shows "pod/$(pod_of served)" \
  '{.status.initContainerStatuses[0].name} {.status.containerStatuses[*].name} {.status.phase}' "proxy main Succeeded"
job fails "exit 3"
eventually 60 "a Job whose container fails is Failed" shows job/fails '{.status.failed}' 1

kill -KILL "$agent_pid" "$fake_pid"
start_cloud --container-controls off
start_agent "$identity"
job waits "until test -e /data/up; do sleep 0.1; done; echo waited"
eventually 90 "a Job completes where the cloud knows no sidecars" shows job/waits '{.status.succeeded}' 1
eventually 5 "its log is there" prints waits main waited
eventually 5 "its sidecar ended with its own code" shows "pod/$(pod_of waits)" \
  '{.status.initContainerStatuses[0].state.terminated.exitCode} {.status.phase}' "9 Succeeded"

end_tests
