#!/usr/bin/env bash
# From a container group's creation to its process running, the image on the machine, by the cloud's own record: ALONE groups
# (default 5) one after the other, then MANY (default 40) at once. In a network namespace of its own. Needs root and a release
# build.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=../lib/network.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/network.sh"
before_namespace() { "$(dirname "${BASH_SOURCE[0]}")/../../tools/images" build pause busybox >/dev/null; }
in_own_network "$@"
shift
alone=${1:-5}
many=${2:-40}

# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/check.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/eci.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/eci.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/groups.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/groups.sh"

# remove ID..: returns once they have gone from the machine.
remove() {
  local id
  for id in "$@"; do eci DeleteContainerGroup "ContainerGroupId=$id" Force=true >/dev/null; done
  for id in "$@"; do settles ended_or_gone "$id"; done
  settles fails pgrep --full "containerd-shim.*/run/fake-eci-$tag" >/dev/null
}
ended_or_gone() { [[ $(group "$1" .Status) =~ ^(Succeeded|Failed|null)$ ]]; }

# moments FILTER: of the groups with names that begin so, when they were created and when they ran, in seconds of one clock.
moments() {
  groups | jq --compact-output --arg name "$1" '[.groups[] | select(.name | startswith($name)) | .transitions |
    {begin: .[0], end: (map(select(.status == "Running"))[0])} | map_values(.at.monotonicUs | tonumber / 1e6)]'
}

load() { cut --delimiter=' ' --fields=1 /proc/loadavg; }

measure_alone() {
  local i id
  for ((i = 1; i <= alone; i++)); do
    id=$(create "alone-$i" Container.1.Command.1=sleep Container.1.Arg.1=1000)
    settles has_status "$id" Running
    remove "$id"
  done
  moments alone- | jq --raw-output --arg load "$(load)" 'def ms: . * 1000 | round; map(.end - .begin | ms) | sort |
    "alone: median \(.[(length - 1) / 2 | floor]) ms of \(map(tostring) | join(", ")); load \($load)"'
}

measure_many() {
  local i id ids=() creations=()
  for ((i = 1; i <= many; i++)); do
    create "many-$i" Container.1.Command.1=sleep Container.1.Arg.1=1000 >"$work/many-$i" &
    creations+=($!)
  done
  wait "${creations[@]}"
  for ((i = 1; i <= many; i++)); do ids+=("$(<"$work/many-$i")"); done
  for id in "${ids[@]}"; do settles has_status "$id" Running; done
  moments many- | jq --raw-output --arg load "$(load)" 'def s: . * 100 | round / 100; (map(.begin) | min) as $begin |
    "\(length) at once: all run \(map(.end) | max - $begin | s) s after the first creation, which came within \(
      map(.begin) | max - $begin | s) s; each \(map(.end - .begin) | sort | "\(.[0] | s) to \(.[-1] | s)") s; load \($load)"'
  remove "${ids[@]}"
}

make_network
archive pause busybox
network=$(free_network)
tag=$(printf %s "$work/runtime" | sha256sum | cut -c1-8)
start_fake --profile instant --image-archive "$work/pause.tar" --image-archive "$work/busybox.tar"
measure_alone
measure_many
