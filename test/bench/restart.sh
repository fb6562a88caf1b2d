#!/usr/bin/env bash
# Kills the agent with PODS pods running (default 1000) and starts it again, RUNS times (default 3): how long until it is in step, and
# whether it makes or deletes a group. Needs a release build and the load harness `podbench` (PODBENCH).
set -euo pipefail

pods=${1:-1000}
runs=${RUNS:-3}

# shellcheck source-path=SCRIPTDIR source=../lib/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/lab.sh"

calls() { "$bin/ecictl" fake calls --action "$1" --output json --control "$control" | jq '.calls // [] | length'; }

# moment PATTERN: when the agent's log says it last, in milliseconds.
moment() { date --date "$(grep "$1" "$work/agent.log" | tail -n 1 | cut -d' ' -f1)" +%s%3N; }

start_cluster
identity=$("$root/tools/cluster" identity bench-agent --dir "$work/cluster")
start_fake --profile instant --flow-limits off
start_agent "$identity" --node-name bench-agent --cloud-limits lifted
"${PODBENCH:-podbench}" --kubeconfig "$work/cluster/kubeconfig" --node bench-agent --pods "$pods" --keep --out "$work/pods.json"
before="$(calls CreateContainerGroup) creates, $(calls DeleteContainerGroup) deletes"
for ((run = 1; run <= runs; run++)); do
  kill -KILL "$agent_pid"
  : >"$work/agent.log"
  begin=$(date +%s%3N)
  start_agent "$identity" --node-name bench-agent
  until grep --quiet "initial sync" "$work/agent.log"; do sleep 0.1; done
  echo "$(($(moment "initial sync") - begin)) ms from its start: $(sed -n 's/.*initial sync with the cluster and the cloud is complete //p' "$work/agent.log")"
done
sleep 5
echo "before: $before; after: $(calls CreateContainerGroup) creates, $(calls DeleteContainerGroup) deletes"
