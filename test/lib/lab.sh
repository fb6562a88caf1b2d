# shellcheck shell=bash
# Sourced by tests and benchmarks: a control plane, the fake cloud and an agent in the folder $work, gone at exit. Programs from
# VK_BIN; WORK names a folder to keep.

# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin=${VK_BIN:-$root/build/release/bin}
work=${WORK:-$(mktemp -d)}
mkdir -p "$work"
address=$(hostname -I | awk '{print $1}')
agent_pid='' fake_pid='' lab_pids=()

# ends_with_lab PID..: processes that end_lab ends, too. Nobody else sets a trap at exit: in one, the first command that fails, as
# `kill` does without a process, leaves out those behind it.
ends_with_lab() { lab_pids+=("$@"); }

end_lab() {
  local pid
  for pid in $agent_pid $fake_pid "${lab_pids[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
  "$root/tools/cluster" down --dir "$work/cluster" --purge >/dev/null || true
  [[ -n ${WORK:-} ]] || rm -rf "$work"
}
trap end_lab EXIT

kube() { "$work/cluster/bin/kubectl" --kubeconfig="$work/cluster/kubeconfig" "$@"; }

start_cluster() { "$root/tools/cluster" up --dir "$work/cluster" >/dev/null; }

# start_fake FLAG..: sets openapi and control.
start_fake() {
  "$bin/fake-eci" --listen 127.0.0.1:0 --control-listen 127.0.0.1:0 "$@" >"$work/fake.out" 2>"$work/fake.log" &
  fake_pid=$!
  disown "$fake_pid"
  openapi=$(listening fake openapi)
  # shellcheck disable=SC2034 # for whoever sources this
  control=$(listening fake control)
}

# start_agent KUBECONFIG FLAG..
start_agent() {
  ECI_REGION=cn-hangzhou ECI_VSWITCH=vsw-1 ECI_SECURITY_GROUP=sg-1 ECI_ACCESS_KEY=test-key ECI_SECRET_KEY=test-secret \
    ECI_ENDPOINT=$openapi "$bin/virtual-node" --kubeconfig "$1" --node-ip "$address" --kubelet-listen "$address:0" \
    --metrics-listen 127.0.0.1:0 --cluster-dns 10.96.0.10 "${@:2}" >"$work/agent.out" 2>>"$work/agent.log" &
  agent_pid=$!
  disown "$agent_pid"
}

# pod_spec [RESTART_POLICY [NAME=VALUE..]]: the spec of a pod for the virtual node, as one line of YAML, with this environment.
pod_spec() {
  local entry env=''
  for entry in "${@:2}"; do env+="{name: ${entry%%=*}, value: \"${entry#*=}\"},"; done
  echo "{restartPolicy: ${1:-Always}, terminationGracePeriodSeconds: 2, nodeSelector: {type: virtual-kubelet}, tolerations:" \
    "[{key: virtual-kubelet.io/provider, operator: Exists}], containers: [{name: main, image: example/job:1, env: [$env]}]}"
}

# pod_manifest NAME SPEC: one document of YAML.
pod_manifest() { printf -- '---\n{apiVersion: v1, kind: Pod, metadata: {name: %s}, spec: %s}\n' "$1" "$2"; }

# listening PROGRAM WHAT: the address after WHAT= in its first line, once that is there.
listening() {
  local limit=$((SECONDS + 30))
  until grep --quiet listening "$work/$1.out"; do
    if ((SECONDS >= limit)); then
      echo "$1 did not say within 30 s where it listens" >&2
      cat "$work/$1.log" >&2
      return 1
    fi
    sleep 0.1
  done
  sed -n "1s/.*\b$2=\([^ ]*\).*/\1/p" "$work/$1.out"
}

show_state() {
  kube get pods,events --output=wide | tail -n 40
  tail -n 15 "$work/agent.log"
}
