#!/usr/bin/env bash
# tools/cluster up --worker as its users see it: an ordinary node whose pods reach each other, Services and names, and of which
# nothing is left afterwards, even when it was killed. Needs root and tools/setup; builds the programs when they are not there yet.
# Runs in a network namespace of its own, where nothing is forwarded at first, as on a machine with a firewall.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/check.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/network.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/network.sh"
before_namespace() { "$(dirname "${BASH_SOURCE[0]}")/../../tools/cluster" build --worker >/dev/null; }
in_own_network "$@"
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
dir=$work/cluster
# For the names that the worker gives to what is outside its folder.
# shellcheck source=/dev/null # checked with tools/cluster
source "$root/tools/lib/cluster/worker.sh"
# shellcheck source=/dev/null # likewise
source "$root/tools/lib/cluster/worker_host.sh"
worker_state='' worker_cgroup='' worker_bridge=''
name_worker_parts

clean_up() {
  if cluster down --purge >/dev/null && "$root/tools/cluster" down --dir "$work/other" --purge >/dev/null; then
    rm -rf "$work"
  else
    echo "a cluster in $work could not be taken down" >&2
  fi
}
trap clean_up EXIT

cluster() { "$root/tools/cluster" "$@" --dir "$dir"; }
kube() { "$dir/bin/kubectl" --kubeconfig="$dir/kubeconfig" "$@"; }

show_state() { kube get pods --output=wide 2>/dev/null; }

# make_image NAME ENTRYPOINT: an OCI archive with busybox as its only content.
make_image() {
  local image=$work/image tree=$work/tree layer config manifest
  mkdir -p "$tree/bin" "$tree/tmp" "$image/blobs/sha256" "$work/images"
  cp "$(command -v busybox)" "$tree/bin/busybox"
  "$tree/bin/busybox" --list | grep -vx busybox | xargs -I{} ln -sf busybox "$tree/bin/{}"
  layer=$(tar -C "$tree" --owner=0 --group=0 --mtime=@0 --sort=name -cf - . | blob)
  config=$(blob <<<"{\"architecture\": \"$(dpkg --print-architecture)\", \"os\": \"linux\",
    \"config\": {\"Env\": [\"PATH=/bin\"], \"Entrypoint\": $2},
    \"rootfs\": {\"type\": \"layers\", \"diff_ids\": [\"${layer%% *}\"]}}")
  manifest=$(blob <<<"{\"schemaVersion\": 2, \"mediaType\": \"application/vnd.oci.image.manifest.v1+json\",
    \"config\": $(descriptor config.v1+json "$config"), \"layers\": [$(descriptor layer.v1.tar "$layer")]}")
  descriptor manifest.v1+json "$manifest" | jq --arg name "local.test/$1:1" '{schemaVersion: 2, manifests:
    [. + {annotations: {"io.containerd.image.name": $name, "org.opencontainers.image.ref.name": "1"}}]}' >"$image/index.json"
  echo '{"imageLayoutVersion": "1.0.0"}' >"$image/oci-layout"
  tar -C "$image" -cf "$work/images/$1.tar" oci-layout index.json blobs
  rm -rf "$image" "$tree"
}

# blob: keeps standard input in the image; prints its digest and size.
blob() {
  local digest
  cat >"$work/blob"
  digest=$(sha256sum "$work/blob" | cut -d' ' -f1)
  echo "sha256:$digest $(stat --format=%s "$work/blob")"
  mv "$work/blob" "$work/image/blobs/sha256/$digest"
}

descriptor() {
  echo "{\"mediaType\": \"application/vnd.oci.image.$1\", \"digest\": \"${2%% *}\", \"size\": ${2##* }}"
}

# machine: what a worker changes on a machine, as text. Other workers may come and go meanwhile, in namespaces of their own.
machine() {
  grep --extended-regexp "$work|$worker_state|/var/lib/kubelet" /proc/mounts || true
  ip -brief link | awk '{print $1}'
  ip -4 route show table all
  nft list ruleset
  { iptables-save && ip6tables-save; } | sed '/^#/d; s/ \[.*//'
  find /sys/fs/cgroup -name "$worker_cgroup"
  sysctl --all 2>/dev/null | grep --extended-regexp "$settings"
  ls -d "$worker_state" /var/lib/cni/results/"$worker_bridge"-* 2>/dev/null || true
  # The last worker of the machine removes these.
  a_kubelet_runs || ls -d /var/lib/kubelet /var/log/containers 2>/dev/null || true
  find /var/log/containers -lname "$dir/*" 2>/dev/null || true
  pgrep --full --list-full "$dir/|$worker_state/" || true
}
settings='^(vm\.(overcommit|panic)|kernel\.(panic|keys)|net\.(ipv4\.(ip_forward|conf\.)|bridge|netfilter\.nf_conntrack_(max|tcp)))'

# shim_sockets: those of the running containers; containerd has one folder for all.
shim_sockets() {
  sed 's|^unix://||' "$worker_state"/s/io.containerd.runtime.v2.task/k8s.io/*/address 2>/dev/null | sort -u || true
}

nothing_is_left() {
  local socket
  diff "$work/before" <(machine)
  for socket in $sockets; do [[ ! -e $socket ]]; done
}

# pod NAME SPEC, with one container of the image busybox that runs a shell script.
container() { echo "{name: main, image: 'local.test/busybox:1', command: [sh, -c, $(jq --raw-input --slurp . <<<"$1")]}"; }
pod() {
  kube create --filename=- <<<"{apiVersion: v1, kind: Pod, metadata: {name: $1}, spec: {restartPolicy: Never,
    terminationGracePeriodSeconds: 0, containers: [$(container "$2")]}}"
}

web() {
  kube create --filename=- <<EOF
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 2, selector: {matchLabels: {app: web}}, template: {
  metadata: {labels: {app: web}}, spec: {nodeSelector: {type: ack}, terminationGracePeriodSeconds: 0, containers: [
    $(container 'hostname >/tmp/index.html; echo serving; exec httpd -f -p 8080 -h /tmp')]}}}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: each}, spec: {clusterIP: None, selector: {app: web}, ports: [{port: 8080}]}}
EOF
}

# shows KIND/NAME JSONPATH VALUE
shows() { [[ $(kube get "$1" --output=jsonpath="$2") == "$3" ]]; }
# With a limit, since packets that go astray have none.
inside() { timeout 10 "$dir/bin/kubectl" --kubeconfig="$dir/kubeconfig" exec deployment/web -- "$@"; }
# prints PATTERN COMMAND..
# shellcheck disable=SC2053 # a pattern
prints() { [[ $("${@:2}") == $1 ]]; }
service_address() { kube get service web --output=jsonpath='{.spec.clusterIP}'; }

# Both pods of the Service answer, so also the one that asks.
answers_from_both() {
  local pods
  pods=$(for _ in {1..20}; do inside wget -qO- "http://$1/" || break; done | sort -u)
  [[ $(wc -l <<<"$pods") == 2 ]]
}

each_has_two_addresses() {
  local answer
  answer=$(inside nslookup each.default.svc.cluster.local)
  [[ $(grep -c '^Address: 10\.88\.' <<<"$answer") == 2 ]]
}

# With curl of the machine in the pod's network namespace: that of the image cannot do TLS.
api_server_answers_in_pod() {
  local container pid
  container=$(kube get pods --selector=app=web --output=jsonpath='{.items[0].status.containerStatuses[0].containerID}')
  pid=$(ctr --address "$worker_state/containerd.sock" --namespace k8s.io tasks ls |
    awk -v id="${container#*//}" '$1 == id {print $2}')
  [[ $(nsenter --net --target "$pid" curl --silent --max-time 5 --noproxy '*' --cacert "$dir/pki/ca.crt" \
    https://10.96.0.1/readyz) == ok ]]
}

job() {
  kube create --filename=- <<<"{apiVersion: batch/v1, kind: Job, metadata: {name: count}, spec: {completions: 3, parallelism: 3,
    template: {spec: {restartPolicy: Never, containers: [$(container 'echo counted')]}}}}"
}

kill_everything() {
  local processes
  processes=$(cat "$dir"/run/*.pid; pgrep --full "containerd-shim.*$worker_state/")
  # shellcheck disable=SC2086 # a list
  kill -KILL $processes
  eventually_gone "$processes"
}

eventually_gone() {
  local process
  for process in $1; do while [[ -e /proc/$process/exe ]]; do sleep 0.05; done; done
}

refused() {
  local output
  ! output=$("$root/tools/cluster" up --dir "$work/other" --worker "${@:2}" 2>&1) && [[ $output == *$1* ]]
}

# Somebody else by name only, so that the checkout can be read wherever it is.
without_root() {
  local output
  ! output=$(unshare --user --map-user=1000 "$root/tools/cluster" up --dir "$work/other" --worker 2>&1) &&
    [[ $output == *"root is needed"*"Without --worker"* ]]
}

make_network
make_image pause '["/bin/sleep", "1000000000"]'
make_image busybox null
export VK_IMAGES=$work/images
machine >"$work/before"
began=$SECONDS

check "without root it says what is missing and what goes without" without_root
check "addresses that the machine has elsewhere are refused" refused "overlaps the route" --pod-cidr 192.0.2.0/24
check "so are those of Services" refused "overlaps the addresses of Services" --pod-cidr 10.100.0.0/16
check "a cluster with a worker starts" cluster up --worker
check "status is content" prints '*kubelet*healthy*kube-proxy*healthy*coredns*healthy*' cluster status
check "the node is Ready and labelled" prints '*type=ack*' kube get nodes --show-labels
check "a second worker in this network namespace is refused" refused "room for one kube-proxy" --pod-cidr 10.87.0.0/16

check "a Deployment and two Services are made" web
eventually 30 "it becomes available" shows deployment/web '{.status.availableReplicas}' 2
eventually 5 "kubectl logs" prints serving kube logs deployment/web
eventually 5 "kubectl exec" prints hello inside echo hello
eventually 10 "the Service's address leads to both pods, also to oneself" answers_from_both "$(service_address)"
eventually 10 "so does its name" answers_from_both web
eventually 10 "a headless Service's name has both addresses" each_has_two_addresses
eventually 10 "https://10.96.0.1 is the API server" api_server_answers_in_pod
check "the machine itself reaches the Service" prints 'web-*' curl --silent --max-time 5 --noproxy '*' "http://$(service_address)/"

check "a Job is made" job
eventually 30 "it completes" shows job/count '{.status.succeeded}' 3
check "a pod that fails is made" pod bad 'exit 7'
eventually 30 "it tells its exit code" shows pod/bad \
  '{.status.phase} {.status.containerStatuses[0].state.terminated.exitCode}' "Failed 7"

kill -KILL "$(<"$dir/run/kubelet.pid")" "$(<"$dir/run/containerd.pid")"
check "status tells what was killed" fails cluster status
check "up replaces what was killed" cluster up --worker
check "and the pods have lived on" shows deployment/web '{.status.availableReplicas}' 2

sockets=$(shim_sockets)
check "down" cluster down
eventually 5 "leaves nothing" nothing_is_left
check "but the images" test -n "$(find "$dir/worker/containerd" -path '*/blobs/sha256/*')"
check "up again, with the images that stayed" cluster up --worker
check "a pod is made" pod again 'sleep 1000'
eventually 30 "it runs" shows pod/again '{.status.phase}' Running
sockets=$(shim_sockets)
check "everything is killed" kill_everything
check "down --purge" cluster down --purge
eventually 5 "leaves nothing after that either" nothing_is_left
check "and no folder" test ! -e "$dir"

echo "$((SECONDS - began)) s"
end_tests
