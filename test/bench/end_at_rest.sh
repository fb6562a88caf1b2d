#!/usr/bin/env bash
# How long until the API server shows the end of a container when nothing else moves: PODS pods (default 10) end one by one, three
# seconds apart. Needs a release build.
set -euo pipefail

pods=${1:-10}

# shellcheck source-path=SCRIPTDIR source=../lib/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/lab.sh"

seen() { kube get pods --field-selector=status.phase=Succeeded --output=name | wc -l; }

start_cluster
start_fake --profile instant
start_agent "$("$root/tools/cluster" identity virtual-node --dir "$work/cluster")"
until kube get node virtual-kubelet >/dev/null 2>&1; do sleep 0.1; done
kube get pods --watch --output=jsonpath='{.metadata.uid} {.status.phase}{"\n"}' >"$work/watch" &
disown
ends_with_lab $!
tail --follow --lines=+1 --sleep-interval=0.01 "$work/watch" | while read -r line; do echo "$(date +%s%3N) $line"; done >"$work/stamped" &
disown
ends_with_lab $!
for ((i = 1; i <= pods; i++)); do pod_manifest "pod-$i" "$(pod_spec Never "FAKE_ECI_RUN_SECONDS=$((10 + 3 * i))")"; done | kube apply --filename=- >/dev/null
until (($(seen) == pods)); do sleep 1; done
"$bin/ecictl" fake groups --output json --control "$control" >"$work/groups.json"
awk '$3 == "Succeeded" && !seen[$2]++ { print $1, $2 }' "$work/stamped" | while read -r when uid; do
  ended=$(jq --arg uid "$uid" '.groups[] | select(any(.tags[]; . == $uid)) | .transitions[] |
    select(.status == "Succeeded") | .at.unixMs' "$work/groups.json")
  echo $((when - ended))
done | sort -n | xargs echo "from a container's end to Succeeded seen, ms:"
