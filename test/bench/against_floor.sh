#!/usr/bin/env bash
# Measures the agent against the floor, the least agent there can be, on one API server: floor, agent, floor, agent, RUNS of each, one
# line per run. `against_floor.sh --help` tells. Needs a release build, and the programs `podbench` and `floor` of the project's
# reference tools (PODBENCH, FLOOR).
set -euo pipefail

podbench=${PODBENCH:-podbench}
floor=${FLOOR:-floor}
runs=${RUNS:-3}

if (($# == 0)) || [[ $1 == --help ]]; then
  echo "against_floor.sh PODS [podbench flags: --plain, --hold 600s, --rate 20 ..]; environment: RUNS, PODBENCH, FLOOR, WORK, VK_BIN, ONLY=agent|floor"
  exit 2
fi
pods=$1
shift
token=true
[[ " $* " != *" --plain "* ]] || token=false

# shellcheck source-path=SCRIPTDIR source=../lib/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/lab.sh"

# A pod on a node that does not exist is collected by the control plane.
register_floor() {
  kube create --filename=- <<'EOT' >/dev/null
apiVersion: v1
kind: Node
metadata: {name: bench-floor}
spec: {unschedulable: true}
EOT
}

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

start_cluster
agent_identity=$("$root/tools/cluster" identity bench-agent --dir "$work/cluster")
floor_identity=$("$root/tools/cluster" identity bench-floor --dir "$work/cluster")
register_floor
start_fake --profile "${PROFILE:-instant}" --flow-limits off
start_agent "$agent_identity" --node-name bench-agent --cloud-limits "${CLOUD_LIMITS:-lifted}"
metrics=$(listening agent metrics)
settles curl --silent --output /dev/null --fail --noproxy '*' "$metrics/readyz"
for ((run = 1; run <= runs; run++)); do
  if [[ ${ONLY:-floor} == floor ]]; then
    "$floor" -kubeconfig "$floor_identity" -node bench-floor -token="$token" >"$work/floor.log" 2>&1 &
    floor_pid=$!
    ends_with_lab "$floor_pid"
    measure floor "$floor_pid" "$run" "$@"
    kill "$floor_pid"
    wait "$floor_pid" 2>/dev/null || true
    lab_pids=()
  fi
  if [[ ${ONLY:-agent} == agent ]]; then
    measure agent "$agent_pid" "$run" "$@"
  fi
done
echo "reports in $work"
