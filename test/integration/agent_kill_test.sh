#!/usr/bin/env bash
# The agent is killed with SIGKILL at drawn moments while pods start and end, against a real API server and the fake cloud:
# no container group leaks, none is doubled, no pod is lost. KILL_SEED repeats the draws; programs from VK_BIN.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=../lib/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/lab.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/groups.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/groups.sh"

pods=30 kills=0
seed=${KILL_SEED:-$((RANDOM * 32768 + RANDOM))}
RANDOM=$seed
echo "KILL_SEED=$seed"

# kill_often TIMES: each after a drawn part of a second.
kill_often() {
  local i
  for ((i = 0; i < $1; i++)); do
    sleep "0.$((RANDOM % 900 + 100))"
    kill -KILL "$agent_pid"
    kills=$((kills + 1))
    start_agent "$identity" --cloud-limits lifted
  done
}

running() { (($(kube get pods --field-selector=status.phase=Running --output=name | wc -l) == pods)); }
none_left() { [[ -z $(kube get pods --output=name) ]]; }
each_has_a_group() {
  (($(groups | jq '[.groups[].tags["'"$uid_tag"'"]] | map(select(. != null)) | unique | length') == pods))
}

start_cluster
identity=$("$root/tools/cluster" identity virtual-node --dir "$work/cluster")
start_fake --profile instant
start_agent "$identity" --cloud-limits lifted
eventually 30 "the node registers" kube get node virtual-kubelet --output=name

for ((i = 0; i < pods; i++)); do pod_manifest "pod-$i" "$(pod_spec Never)"; done | kube apply --filename=- >/dev/null &
kill_often 6
wait $!
eventually 90 "all pods run after $kills kills" running
eventually 1 "each pod has a group" each_has_a_group
eventually 1 "no pod has two" nothing_doubled

kube delete pods --all --wait=false >/dev/null
kill_often 4
eventually 90 "all pods are gone after $kills kills" none_left
eventually 60 "no group goes on" nothing_goes_on
eventually 1 "no pod had two" nothing_doubled

end_tests
