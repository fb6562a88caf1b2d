#!/usr/bin/env bash
# What PODS running pods (default 1000) cost when nothing happens: status calls a minute and CPU over SECONDS (default 600), from
# 75 s after their start on. Needs a release build and the load harness `podbench` (PODBENCH).
set -euo pipefail

pods=${1:-1000}
seconds=${2:-600}

# shellcheck source-path=SCRIPTDIR source=../lib/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/lab.sh"

calls() { "$bin/ecictl" fake calls --action DescribeContainerGroupStatus --output json --control "$control" | jq '.calls // [] | length'; }
ticks() { awk '{ print $14 + $15 }' "/proc/$agent_pid/stat"; }

start_cluster
start_fake --profile instant --flow-limits off
start_agent "$("$root/tools/cluster" identity bench-agent --dir "$work/cluster")" --node-name bench-agent
"${PODBENCH:-podbench}" --kubeconfig "$work/cluster/kubeconfig" --node bench-agent --pods "$pods" --keep --out "$work/pods.json"
sleep 75
first_calls=$(calls)
first_ticks=$(ticks)
sleep "$seconds"
awk -v calls=$(($(calls) - first_calls)) -v ticks=$(($(ticks) - first_ticks)) -v seconds="$seconds" -v hertz="$(getconf CLK_TCK)" \
  'BEGIN { printf "%.1f status calls a minute, %.2f %% of a core, over %d s\n", 60 * calls / seconds, 100 * ticks / hertz / seconds, seconds }'
