# shellcheck shell=bash
# Sourced by tools/cluster: what the worker changes on the machine outside its folder. Each change is a
# line "KIND WHAT" in $worker_dir/undo before it is made; going up that file undoes all of them.

prepare_host() {
  local hierarchy folder
  mkdir -p "$worker_dir"
  claim_services
  echo "$pod_cidr" >"$worker_dir/pod-cidr"
  for folder in /run/containerd /var/lib/cni /var/lib/kubelet /var/log/containers; do
    if [[ -e $folder && ! -e $folder/.virtual-node ]]; then continue; fi
    record folder "$folder"
    mkdir -p "$folder"
    touch "$folder/.virtual-node"
  done
  # The kubelet sets these; writing ip_forward changes accept_redirects.
  keep_settings vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops kernel.keys.root_maxkeys \
    kernel.keys.root_maxbytes net.ipv4.conf.all.accept_redirects net.ipv4.ip_forward net.bridge.bridge-nf-call-iptables
  sysctl --quiet --write net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1
  record bridge "$worker_bridge"
  accept_forwarding
  while read -r hierarchy; do
    record cgroup "$hierarchy/$worker_cgroup"
    mkdir -p "$hierarchy/$worker_cgroup"
  done < <(cgroup_hierarchies)
}

record() { grep -qsxF -- "$*" "$worker_dir/undo" || echo "$*" >>"$worker_dir/undo"; }

undo_host_changes() {
  local kind what
  [[ -e $worker_dir/undo ]] || return 0
  while read -r kind what; do "undo_$kind" "$what"; done < <(tac "$worker_dir/undo")
}

# keep_settings NAME..: remembers their values, unless an earlier start has.
keep_settings() {
  local name
  for name in "$@"; do
    [[ -e /proc/sys/${name//./\/} ]] || continue
    grep -qs "^setting $name=" "$worker_dir/undo" || record setting "$name=$(sysctl --values "$name")"
  done
}

undo_setting() { sysctl --quiet --write "$1" || true; }

# A folder that a worker has made, and which is empty but for what the kubelet always leaves. Another
# worker may be using it, in a network namespace of its own; the last one removes it.
undo_folder() {
  ! a_kubelet_runs && [[ -d $1 ]] || return 0
  rm -f "$1"/device-plugins/{kubelet_internal_checkpoint,kubelet.sock,DEPRECATION}
  find "$1" -mindepth 1 -depth -type d -exec rmdir --ignore-fail-on-non-empty {} +
  [[ $(ls -A "$1") != .virtual-node ]] || rm -r "$1"
}

a_kubelet_runs() {
  local process
  for process in $(pgrep -x kubelet || true); do
    if [[ -e /proc/$process/exe ]]; then return 0; fi
  done
  return 1
}

undo_bridge() {
  local link
  for link in $(ip -json link show master "$1" 2>/dev/null | jq --raw-output '.[].ifname // empty') "$1"; do
    ip link delete "$link" 2>/dev/null || true
  done
}

# The kernel lets go of a cgroup a moment after its last process.
undo_cgroup() {
  local deadline=$((SECONDS + 5))
  until [[ ! -d $1 ]] || find "$1" -depth -type d -exec rmdir {} + 2>/dev/null; do
    ((SECONDS < deadline)) || fail "$1 cannot be removed; the processes in it are listed in its files cgroup.procs"
    sleep 0.05
  done
}

undo_rule() {
  # shellcheck disable=SC2086 # words of a rule
  iptables -w -D FORWARD $1 2>/dev/null || true
}

undo_services() {
  nft delete table ip kube-proxy 2>/dev/null || true
  nft delete table ip6 kube-proxy 2>/dev/null || true
}

# A kube-proxy's table has the same name everywhere. Creating it fails where there is one, so of two
# workers that start at once one gets it.
claim_services() {
  local process error
  ! grep -qsx 'services -' "$worker_dir/undo" || return 0
  for process in $(pgrep -x kube-proxy || true); do
    [[ /proc/$process/ns/net -ef /proc/self/ns/net ]] || continue
    fail "a network namespace has room for one kube-proxy, and another one runs here (pid $process, started in" \
      "$(readlink "/proc/$process/cwd")); end that cluster with tools/cluster down, or take a namespace of your own: unshare --net"
  done
  if ! error=$(nft create table ip kube-proxy 2>&1); then
    [[ $error == *"File exists"* ]] || fail "nft cannot make a table: $error"
    fail "another kube-proxy has left its rules in this network namespace; if none runs:" \
      "nft delete table ip kube-proxy; nft delete table ip6 kube-proxy"
  fi
  record services -
}

# Where the machine drops what it forwards, pods are let through; elsewhere no rule is needed.
accept_forwarding() {
  local direction
  [[ $(iptables -w -S FORWARD) != "-P FORWARD ACCEPT" ]] || return 0
  for direction in --source --destination; do
    record rule "$direction $pod_cidr --jump ACCEPT"
    iptables -w -C FORWARD $direction "$pod_cidr" --jump ACCEPT 2>/dev/null ||
      iptables -w -I FORWARD $direction "$pod_cidr" --jump ACCEPT
  done
}

# All that are mounted, of both versions: where both are, containers are in both.
cgroup_hierarchies() { awk '$3 ~ /^cgroup2?$/ {print $2}' /proc/mounts | sort -u; }

mounts_below() { awk -v folder="$1" '$2 == folder || index($2, folder "/") == 1 {print $2}' /proc/mounts | tac; }

# unmount_below FOLDER: what is mounted on it or in it, the last first. Fails rather than let a later rm
# reach through a mount.
unmount_below() {
  local mount left
  mounts_below "$1" | while read -r mount; do umount "$mount" 2>/dev/null || umount --lazy "$mount" || true; done
  left=$(mounts_below "$1")
  [[ -z $left ]] || fail "still mounted: ${left//$'\n'/ }"
}

# check_pod_cidr CIDR: refuses what already leads somewhere else.
check_pod_cidr() {
  local complaint
  complaint=$(ip -json -4 route show table all | python3 -c '
import ipaddress, json, sys
cidr, bridge, services = sys.argv[1:]
try:
    pods = ipaddress.IPv4Network(cidr)
except ValueError as error:
    sys.exit(print(f"{error}; a network such as 10.88.0.0/16 is wanted"))
if pods.prefixlen > 24:
    sys.exit(print("it has room for fewer than 254 pods"))
if pods.overlaps(ipaddress.IPv4Network(services)):
    sys.exit(print(f"it overlaps the addresses of Services, {services}"))
for route in json.load(sys.stdin):
    if route["dst"] == "default" or route.get("dev") == bridge or route.get("type") == "multicast":
        continue
    if pods.overlaps(ipaddress.IPv4Network(route["dst"], strict=False)):
        there = route["dst"] + " dev " + route.get("dev", "-")
        sys.exit(print(f"it overlaps the route {there} of this machine; choose another with --pod-cidr"))
' "$1" "$worker_bridge" "$service_cidr") || fail "--pod-cidr could not be compared with the machine's routes"
  [[ -z $complaint ]] || fail "pods cannot have $1: $complaint"
}
