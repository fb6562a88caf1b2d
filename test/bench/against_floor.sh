#!/usr/bin/env bash
# Measures the agent against the floor, the least agent there can be, on one API server: floor, agent, floor, agent, RUNS of each, one
# line per run. `against_floor.sh --help` tells. Needs a release build, and the programs `podbench` and `floor` of the project's
# reference tools (PODBENCH, FLOOR).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin=${VK_BIN:-$root/build/release/bin}
podbench=${PODBENCH:-podbench}
floor=${FLOOR:-floor}
runs=${RUNS:-3}
work=${WORK:-$(mktemp -d)}
agent_pid='' fake_pid='' floor_pid=''
address=$(hostname -I | awk '{print $1}')

if (($# == 0)) || [[ $1 == --help ]]; then
  echo "against_floor.sh PODS [podbench flags: --plain, --hold 600s, --rate 20 ..]; environment: RUNS, PODBENCH, FLOOR, WORK, VK_BIN, ONLY=agent|floor"
  exit 2
fi
pods=$1
shift
token=true
[[ " $* " != *" --plain "* ]] || token=false

clean_up() {
  for pid in $agent_pid $fake_pid $floor_pid; do kill "$pid" 2>/dev/null || true; done
  "$root/tools/cluster" down --dir "$work/cluster" >/dev/null || true
}
trap clean_up EXIT

start_fake() {
  "$bin/fake-eci" --listen 127.0.0.1:0 --control-listen 127.0.0.1:0 --profile "${PROFILE:-instant}" \
    --flow-limits off >"$work/fake.out" 2>"$work/fake.log" &
  fake_pid=$!
  until grep --quiet listening "$work/fake.out"; do sleep 0.1; done
}

start_agent() {
  local endpoint
  endpoint=$(sed -n 's/.*openapi=\([^ ]*\).*/\1/p' "$work/fake.out")
  ECI_REGION=cn-hangzhou ECI_VSWITCH=vsw-1 ECI_SECURITY_GROUP=sg-1 ECI_ACCESS_KEY=test-key ECI_SECRET_KEY=test-secret \
    ECI_ENDPOINT=$endpoint ECI_QUOTA_POD=20000 ECI_QUOTA_CPU=100000 \
    "$bin/virtual-node" --kubeconfig "$1" --node-name "bench-agent" --node-ip "$address" --kubelet-listen "$address:0" \
    --metrics-listen 127.0.0.1:0 --cloud-limits "${CLOUD_LIMITS:-lifted}" >"$work/agent.out" 2>>"$work/agent.log" &
  agent_pid=$!
  until grep --quiet listening "$work/agent.out"; do sleep 0.1; done
  metrics=$(sed -n 's/.*metrics=\([^ ]*\).*/\1/p' "$work/agent.out")
  until curl --silent --fail "$metrics/readyz" >/dev/null; do sleep 0.1; done
}

# A pod on a node that does not exist is collected by the control plane.
register_floor() {
  kube create --filename=- <<'EOT' >/dev/null
apiVersion: v1
kind: Node
metadata: {name: bench-floor}
spec: {unschedulable: true}
EOT
}

kube() { "$work/cluster/bin/kubectl" --kubeconfig="$work/cluster/kubeconfig" "$@"; }

# measure WHO PID RUN FLAGS..
measure() {
  local who=$1 pid=$2 out=$work/$1-$3.json
  shift 3
  "$podbench" --kubeconfig "$work/cluster/kubeconfig" --node "bench-$who" --pid "$pid" \
    --flow-schema "identity-bench-$who" --pods "$pods" --out "$out" "$@" 2>"$work/podbench.log"
  jq --raw-output --arg who "$who" --arg load "$(cut -d' ' -f1 /proc/loadavg)" '
    def r: . * 100 | round / 100;
    "\($who)  running \(.create.startToLastReadySec|r) s (p99 \(.create.ackToRunningSec.p99|r))  gone \(.delete.startToLastGoneSec|r) s" +
    ([.phases[] | "  \(.name): cpu \(.agentCPUSec|r) s, peak \(.agentRSSPeakMiB|round) MiB, \(.agentRequests) requests"] | add) +
    "  load \($load)"' "$out"
}

"$root/tools/cluster" up --dir "$work/cluster" >/dev/null
agent_identity=$("$root/tools/cluster" identity bench-agent --dir "$work/cluster")
floor_identity=$("$root/tools/cluster" identity bench-floor --dir "$work/cluster")
register_floor
start_fake
start_agent "$agent_identity"
for ((run = 1; run <= runs; run++)); do
  if [[ ${ONLY:-floor} == floor ]]; then
    "$floor" -kubeconfig "$floor_identity" -node bench-floor -token="$token" >"$work/floor.log" 2>&1 &
    floor_pid=$!
    measure floor "$floor_pid" "$run" "$@"
    kill "$floor_pid"
    wait "$floor_pid" 2>/dev/null || true
    floor_pid=''
  fi
  if [[ ${ONLY:-agent} == agent ]]; then
    measure agent "$agent_pid" "$run" "$@"
  fi
done
echo "reports in $work"
