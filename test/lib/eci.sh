# shellcheck shell=bash
# Sourced by tests of fake-eci with real containers: a registry with images, and fake-eci on it, in the folder $work, all gone at
# exit. Programs from VK_BIN. Needs root, and check.sh.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR source=../../tools/lib/demo/free_network.sh
source "$root/tools/lib/demo/free_network.sh"
bin=${VK_BIN:-$root/build/release/bin}
work=$(mktemp -d /tmp/vk-eci.XXXXXX)
export ECI_REGION=cn-hangzhou ECI_ACCESS_KEY=test-key ECI_SECRET_KEY=test-secret
fake_pid='' registry_pid='' runtime_dirs=("$work/runtime")

end_eci() {
  local pid dir
  # Those of tests are in files, since each test is a shell of its own.
  for pid in $fake_pid $registry_pid $(cat "$work"/*.pid 2>/dev/null || true); do kill -KILL "$pid" 2>/dev/null || true; done
  for dir in "${runtime_dirs[@]}"; do "$bin/fake-eci" --purge --runtime-dir "$dir" || true; done
  rm -rf "$work"
}
trap end_eci EXIT
trap 'exit 130' INT TERM

# first_line FILE PID: waits for it, for at most a minute.
first_line() {
  local limit=$((SECONDS + 60))
  until grep --quiet --no-messages listening "$1"; do
    if [[ ! -e /proc/$2 ]] || ((SECONDS >= limit)); then return 1; fi
    sleep 0.05
  done
  head -1 "$1"
}

# start_registry FLAG..: sets registry, its URL.
start_registry() {
  "$root/tools/images" registry --dir "$work/registry" "$@" >"$work/registry.out" 2>"$work/registry.log" &
  registry_pid=$!
  disown "$registry_pid"
  # shellcheck disable=SC2034 # for whoever sources this
  registry=$(first_line "$work/registry.out" "$registry_pid" | sed 's/.*registry=//') || { cat "$work/registry.log" >&2 && return 1; }
}

# archive IMAGE..: those of tools/images, as $work/IMAGE.tar.
archive() {
  local name
  for name in "$@"; do
    tar --create --file="$work/$name.tar" --directory="$("$root/tools/images" path "$name")/oci" .
  done
}

# start_fake FLAG..: with real containers on $network; sets control and ECI_ENDPOINT.
start_fake() {
  # What an earlier one said is not heard.
  rm -f "$work/fake.out"
  "$bin/fake-eci" --listen 127.0.0.1:0 --control-listen 127.0.0.1:0 --runtime containerd --runtime-dir "$work/runtime" \
    --network "$network" --flow-limits off "$@" >"$work/fake.out" 2>"$work/fake.log" &
  fake_pid=$!
  disown "$fake_pid"
  local line
  line=$(first_line "$work/fake.out" "$fake_pid") || { cat "$work/fake.log" >&2 && return 1; }
  control=${line##*control=}
  control=${control%% *}
  ECI_ENDPOINT=${line#*openapi=}
  ECI_ENDPOINT=${ECI_ENDPOINT%% *}
  export ECI_ENDPOINT control
}

eci() { "$bin/ecictl" eci "$@"; }

# create NAME KEY=VALUE..: a group of the container main, which ends for good unless $policy says otherwise, from busybox or $image;
# prints its id.
create() {
  eci CreateContainerGroup "ContainerGroupName=$1" "RestartPolicy=${policy:-Never}" Container.1.Name=main \
    "Container.1.Image=${image:-vk.test/busybox:1}" "${@:2}" | jq --raw-output .ContainerGroupId
}

# run NAME SCRIPT KEY=VALUE..: such a group that runs a script.
run() { create "$1" Container.1.Command.1=sh Container.1.Command.2=-c "Container.1.Command.3=$2" "${@:3}"; }

# group ID [JQ]: what the cloud shows of it.
group() { eci DescribeContainerGroups "ContainerGroupIds=[\"$1\"]" | jq --raw-output ".ContainerGroups[0] | ${2:-.}"; }

# log ID [KEY=VALUE..]: what its container printed.
log() { eci DescribeContainerLog "ContainerGroupId=$1" ContainerName=main "${@:2}" | jq --join-output .Content; }

# execute ID COMMAND..: in its container.
execute() {
  eci ExecContainerCommand "ContainerGroupId=$1" ContainerName=main Sync=true \
    "Command=$(jq --null-input --compact-output '$ARGS.positional' --args -- "${@:2}")" | jq --join-output .SyncResponse
}

has_status() { [[ $(group "$1" .Status) == "$2" ]]; }
ended() { [[ $(group "$1" .Status) =~ ^(Succeeded|Failed)$ ]]; }
