#!/usr/bin/env bash
# The agent is killed with SIGKILL at drawn moments while pods start and end, against a real API server and the fake cloud:
# no container group leaks, none is doubled, no pod is lost. KILL_SEED repeats the draws; programs from VK_BIN.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin=${VK_BIN:-$root/build/release/bin}
work=$(mktemp -d)
pods=30
seed=${KILL_SEED:-$((RANDOM * 32768 + RANDOM))}
RANDOM=$seed
agent_pid='' fake_pid='' kills=0 passed=0 failed=0
echo "KILL_SEED=$seed"

clean_up() {
  for pid in $agent_pid $fake_pid; do kill -KILL "$pid" 2>/dev/null || true; done
  "$root/tools/cluster" down --dir "$work/cluster" --purge >/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT

kube() { "$work/cluster/bin/kubectl" --kubeconfig="$work/cluster/kubeconfig" "$@"; }

# eventually SECONDS WHAT COMMAND..: one test.
eventually() {
  local limit=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    if ((SECONDS >= limit)); then
      failed=$((failed + 1))
      echo "FAILED  $what"
      tail -n 15 "$work/agent.log"
      return
    fi
    sleep 0.2
  done
  passed=$((passed + 1))
  echo "ok      $what"
}

start_agent() {
  local address
  address=$(hostname -I | awk '{print $1}')
  ECI_REGION=cn-hangzhou ECI_VSWITCH=vsw-1 ECI_SECURITY_GROUP=sg-1 ECI_ACCESS_KEY=test-key \
    ECI_SECRET_KEY=test-secret ECI_ENDPOINT=$endpoint \
    "$bin/virtual-node" --kubeconfig "$identity" --node-ip "$address" --kubelet-listen "$address:0" \
    --metrics-listen 127.0.0.1:0 --cloud-limits lifted >>"$work/agent.log" 2>&1 &
  agent_pid=$!
  disown "$agent_pid"
}

# kill_often TIMES: each after a drawn part of a second.
kill_often() {
  local i
  for ((i = 0; i < $1; i++)); do
    sleep "0.$((RANDOM % 900 + 100))"
    kill -KILL "$agent_pid"
    kills=$((kills + 1))
    start_agent
  done
}

pod() {
  cat <<EOT
---
apiVersion: v1
kind: Pod
metadata: {name: pod-$1}
spec:
  restartPolicy: Never
  terminationGracePeriodSeconds: 2
  nodeSelector: {type: virtual-kubelet}
  tolerations: [{key: virtual-kubelet.io/provider, operator: Exists}]
  containers: [{name: main, image: example/job:1}]
EOT
}

running() { (($(kube get pods --field-selector=status.phase=Running --output=name | wc -l) == pods)); }
none_left() { [[ -z $(kube get pods --output=name) ]]; }
groups() { "$bin/ecictl" fake groups --output json --control "$control"; }

# By UID tag, groups that got past Scheduling; and groups that go on.
doubled() {
  groups | jq '[.groups[]? | select(any(.transitions[]; .status == "Pending")) | .tags["'"$uid_tag"'"]]
    | group_by(.) | map(select(length > 1)) | length'
}
going_on() {
  groups | jq '[.groups[]? | select(all(.transitions[];
    .status | IN("Succeeded", "Failed", "Expired", "ScheduleFailed", "Removed") | not))] | length'
}
nothing_goes_on() { (($(going_on) == 0)); }
nothing_doubled() { (($(doubled) == 0)); }
each_has_a_group() {
  (($(groups | jq '[.groups[].tags["'"$uid_tag"'"]] | map(select(. != null)) | unique | length') == pods))
}

"$root/tools/cluster" up --dir "$work/cluster" >/dev/null
identity=$("$root/tools/cluster" identity virtual-node --dir "$work/cluster")
"$bin/fake-eci" --listen 127.0.0.1:0 --control-listen 127.0.0.1:0 --profile instant >"$work/fake.out" 2>"$work/fake.log" &
fake_pid=$!
disown "$fake_pid"
until grep --quiet --no-messages listening "$work/fake.out"; do sleep 0.1; done
endpoint=$(sed -n 's/.*openapi=\([^ ]*\).*/\1/p' "$work/fake.out")
control=$(sed -n 's/.*control=\([^ ]*\).*/\1/p' "$work/fake.out")
start_agent
eventually 30 "the node registers" kube get node virtual-kubelet --output=name

for ((i = 0; i < pods; i++)); do pod "$i"; done | kube apply --filename=- >/dev/null &
kill_often 6
wait $!
eventually 90 "all pods run after $kills kills" running
uid_tag=$(groups | jq --raw-output --arg uid "$(kube get pod pod-0 --output=jsonpath='{.metadata.uid}')" \
  '[.groups[].tags | to_entries[] | select(.value == $uid) | .key][0]')
eventually 1 "each pod has a group" each_has_a_group
eventually 1 "no pod has two" nothing_doubled

kube delete pods --all --wait=false >/dev/null
kill_often 4
eventually 90 "all pods are gone after $kills kills" none_left
eventually 60 "no group goes on" nothing_goes_on
eventually 1 "no pod had two" nothing_doubled

echo "$passed passed, $failed failed"
((failed == 0))
