#!/usr/bin/env bash
# Deployments, Jobs, StatefulSets and bare pods behave on the virtual node as on an ordinary one, as seen through kubectl: real API
# server, scheduler and controllers, the fake cloud. Programs from VK_BIN.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=../lib/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/lab.sh"

# shows KIND/NAME JSONPATH VALUE
shows() { [[ $(kube get "$1" --output=jsonpath="$2") == "$3" ]]; }
prints() { [[ $(kube logs "$1") == "$2" ]]; }
says() { kube get events --field-selector="reason=$1" --output=name | grep --quiet .; }

pod() { pod_manifest "$1" "$2" | kube create --filename=- >/dev/null; }

job() {
  kube create --filename=- <<<"{apiVersion: batch/v1, kind: Job, metadata: {name: $1}, spec: {$2, template: {spec: $3}}}" >/dev/null
}

# replicas KIND NAME COUNT [FIELD]: a Deployment or StatefulSet, with one more field of its spec.
replicas() {
  kube create --filename=- >/dev/null <<<"{apiVersion: apps/v1, kind: $1, metadata: {name: $2}, spec: {replicas: $3, ${4:-}
    selector: {matchLabels: {app: $2}}, template: {metadata: {labels: {app: $2}}, spec: $(pod_spec)}}}"
}

start_cluster
start_fake --profile instant
start_agent "$("$root/tools/cluster" identity virtual-node --dir "$work/cluster")"
eventually 30 "the node is Ready" shows node/virtual-kubelet '{.status.conditions[?(@.type=="Ready")].status}' True

replicas Deployment web 3
eventually 30 "a Deployment becomes available" shows deployment/web '{.status.availableReplicas}' 3
kube delete "$(kube get pods --selector=app=web --output=name | head -1)" >/dev/null
eventually 30 "a deleted pod of it is replaced" shows deployment/web '{.status.availableReplicas}' 3
kube scale deployment/web --replicas=1 >/dev/null
eventually 30 "it shrinks" shows deployment/web '{.status.replicas}' 1
kube delete deployment/web >/dev/null

job many "completions: 4, parallelism: 2" "$(pod_spec Never FAKE_ECI_RUN_SECONDS=1)"
eventually 60 "a Job completes" shows job/many '{.status.succeeded} {.status.conditions[?(@.type=="Complete")].status}' "4 True"
job bad "backoffLimit: 1" "$(pod_spec Never FAKE_ECI_RUN_SECONDS=1 FAKE_ECI_EXIT_CODE=3)"
eventually 90 "a Job whose pods fail is Failed" shows job/bad '{.status.failed} {.status.conditions[?(@.type=="Failed")].reason}' \
  "2 BackoffLimitExceeded"
eventually 5 "and its pods tell their exit code" shows pods \
  '{.items[?(@.status.phase=="Failed")].status.containerStatuses[0].state.terminated.exitCode}' "3 3"

pod talker "$(pod_spec Never FAKE_ECI_RUN_SECONDS=1 FAKE_ECI_LOG=hello)"
eventually 30 "a bare pod succeeds" shows pod/talker '{.status.phase}' Succeeded
eventually 5 "and its log stays" prints talker hello
pod prepared "$(pod_spec | sed 's/containers:/initContainers: [{name: first, image: example\/init:1, env: [{name: FAKE_ECI_RUN_SECONDS, value: "1"}]}], &/')"
eventually 30 "a pod with an init container runs" shows pod/prepared \
  '{.status.phase} {.status.initContainerStatuses[0].state.terminated.reason}' "Running Completed"

replicas StatefulSet db 1 "serviceName: db,"
eventually 30 "a StatefulSet runs" shows statefulset/db '{.status.readyReplicas}' 1
first=$(kube get pod db-0 --output=jsonpath='{.metadata.uid}')
kube delete pod db-0 >/dev/null
reborn() { [[ $(kube get pod db-0 --output=jsonpath='{.metadata.uid} {.status.phase}') != "$first "* ]] && shows pod/db-0 '{.status.phase}' Running; }
eventually 30 "its pod comes again under the same name" reborn
pod twin "$(pod_spec)"
eventually 30 "a pod runs" shows pod/twin '{.status.phase}' Running
kube delete pod twin --force --grace-period=0 >/dev/null 2>&1
pod twin "$(pod_spec)"
eventually 60 "force-deleted and made again at once, it runs again" shows pod/twin '{.status.phase}' Running

pod late "$(pod_spec | sed 's/image: example\/job:1,/& envFrom: [{configMapRef: {name: settings}}],/')"
eventually 30 "a pod without its ConfigMap waits and says so" says CreateContainerConfigError
kube create configmap settings --from-literal=A=1 >/dev/null
arrived=$(date +%s%3N)
eventually 30 "and runs once it is there" shows pod/late '{.status.phase}' Running
created=$(date --date "$(sed -n 's/^\([^ ]*\) .*created container group pod=default\/late .*/\1/p' "$work/agent.log")" +%s%3N)
echo "        its group was made $((created - arrived)) ms after kubectl had answered"

kube delete pods,jobs,statefulsets --all --wait=false >/dev/null
none_left() { [[ -z $(kube get pods --output=name) ]]; }
eventually 60 "all pods go" none_left

end_tests
