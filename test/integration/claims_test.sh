#!/usr/bin/env bash
# Storage that outlives its pod, on real containers: a StatefulSet's disk goes from one pod to the next, and at no time to two. A real
# control plane, the fake cloud. Programs from VK_BIN. Needs root and the packages of tools/setup.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=../lib/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/lab.sh"
# shellcheck source-path=SCRIPTDIR source=../../tools/lib/demo/free_network.sh
source "$root/tools/lib/demo/free_network.sh"

end_claims() {
  local pid
  for pid in $agent_pid $fake_pid; do kill -KILL "$pid" 2>/dev/null || true; done
  "$bin/fake-eci" --purge --runtime-dir "$work/runtime" || true
  end_lab
}
trap end_claims EXIT

shows() { [[ $(kube get "$1" --output=jsonpath="$2") == "$3" ]]; }
prints() { [[ $(kube logs "$1") == "$2" ]]; }
says() { kube get events --field-selector="reason=$1" --output=jsonpath='{.items[*].message}' | grep --quiet "$2"; }

# volume NAME CLAIM: a disk, bound to that claim and no other.
volume() {
  kube create --filename=- >/dev/null <<<"{apiVersion: v1, kind: PersistentVolume, metadata: {name: $1}, spec: {capacity: {storage: 20Gi},
    accessModes: [ReadWriteOnce], persistentVolumeReclaimPolicy: Retain, storageClassName: '', claimRef: {namespace: default, name: $2},
    csi: {driver: diskplugin.csi.alibabacloud.com, volumeHandle: d-$1, fsType: ext4}}}"
}

# claim_spec: the spec of a claim that takes the volume that is kept for it.
claim_spec() { echo "{accessModes: [ReadWriteOnce], storageClassName: '', resources: {requests: {storage: 20Gi}}}"; }

# with_claim NAME CLAIM SCRIPT [FIELD]: a pod that runs a script, with the claim at /data, and one more field of its spec.
with_claim() {
  kube create --filename=- >/dev/null <<<"{apiVersion: v1, kind: Pod, metadata: {name: $1}, spec: {restartPolicy: Never, ${4:-}
    terminationGracePeriodSeconds: 1, nodeSelector: {type: virtual-kubelet},
    tolerations: [{key: virtual-kubelet.io/provider, operator: Exists}],
    containers: [{name: main, image: 'vk.test/busybox:1', command: [sh, -c, '$3'], volumeMounts: [{name: data, mountPath: /data}]}],
    volumes: [{name: data, persistentVolumeClaim: {claimName: $2}}]}}"
}

for image in pause busybox; do
  tar --create --file="$work/$image.tar" --directory="$("$root/tools/images" path "$image")/oci" .
done
start_cluster
start_fake --profile instant --runtime containerd --runtime-dir "$work/runtime" --network "$(free_network)" --flow-limits off \
  --image-archive "$work/pause.tar" --image-archive "$work/busybox.tar"
start_agent "$("$root/tools/cluster" identity virtual-node --dir "$work/cluster")" --volume-permissions-image vk.test/busybox:1
eventually 60 "the node is Ready" shows node/virtual-kubelet '{.status.conditions[?(@.type=="Ready")].status}' True

kube create --filename=- >/dev/null <<<"{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db}, spec: {serviceName: db,
  selector: {matchLabels: {app: db}}, volumeClaimTemplates: [{metadata: {name: data}, spec: $(claim_spec)}],
  template: {metadata: {labels: {app: db}}, spec: {terminationGracePeriodSeconds: 1, nodeSelector: {type: virtual-kubelet},
    tolerations: [{key: virtual-kubelet.io/provider, operator: Exists}],
    containers: [{name: main, image: 'vk.test/busybox:1',
      command: [sh, -c, 'echo \$POD_UID >>/data/pods; cat /data/pods; sleep 3600'],
      env: [{name: POD_UID, valueFrom: {fieldRef: {fieldPath: metadata.uid}}}], volumeMounts: [{name: data, mountPath: /data}]}]}}}}"
eventually 30 "a pod whose claim is not bound waits" shows pod/db-0 '{.status.phase}' Pending
volume one data-db-0
eventually 60 "and runs once it is" shows pod/db-0 '{.status.phase}' Running
first=$(kube get pod db-0 --output=jsonpath='{.metadata.uid}')
eventually 10 "it writes to its disk" prints db-0 "$first"

kube create --filename=- >/dev/null <<<"{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: thief}, spec: $(claim_spec)}"
kube get persistentvolume one --output=json |
  jq '.metadata = {name: "two"} | .spec.claimRef = {namespace: "default", name: "thief"} | del(.status)' | kube create --filename=- >/dev/null
with_claim second thief 'cat /data/pods'
eventually 30 "a second group with the disk is refused, and an event says why" says FailedCreateContainerGroup \
  'The disk d-one is attached to container group eci-'

kube delete pod second --wait=false >/dev/null
kube delete pod db-0 >/dev/null
reborn() { [[ $(kube get pod db-0 --output=jsonpath='{.metadata.uid} {.status.phase}') == *" Running" ]] && fails shows pod/db-0 '{.metadata.uid}' "$first"; }
eventually 60 "the pod is deleted, and comes again" reborn
eventually 10 "and reads what the one before it wrote" prints db-0 "$first"$'\n'"$(kube get pod db-0 --output=jsonpath='{.metadata.uid}')"

volume three files
kube create --filename=- >/dev/null <<<"{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: files}, spec: $(claim_spec)}"
with_claim ranger files 'echo mine >/data/file && stat -c %a:%g /data' \
  'securityContext: {runAsUser: 1000, runAsGroup: 2000, fsGroup: 2000},'
eventually 60 "a user who is not root writes to a new disk of its group" prints ranger 2775:2000

kube delete pods,statefulsets --all --wait=false >/dev/null
none_left() { [[ -z $(kube get pods --output=name) ]]; }
eventually 60 "all pods go" none_left

end_tests
