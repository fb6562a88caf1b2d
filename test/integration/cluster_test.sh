#!/usr/bin/env bash
# tools/cluster as its users see it: two clusters side by side. Needs tools/setup; builds the control
# plane's programs when they are not in the cache yet.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/check.sh"

cluster=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/tools/cluster
work=$(mktemp -d)
one=$work/one
two="$work/the second"

clean_up() {
  "$cluster" down --dir "$one" --purge >/dev/null || true
  "$cluster" down --dir "$two" --purge >/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT

kube() {
  local dir=$1
  shift
  "$dir/bin/kubectl" --kubeconfig="$dir/kubeconfig" "$@"
}

pids() { cat "$1"/run/*.pid; }

ports() { cat "$1"/run/*.port; }

both_start_at_once() {
  local first
  "$cluster" up --dir "$one" &
  first=$!
  "$cluster" up --dir "$two"
  wait $first
}

server_version() { [[ $(kube "$one" version) == *"Server Version: v1.36.1"* ]]; }

client_ca_is_published() {
  [[ $(kube "$one" get configmap extension-apiserver-authentication --namespace=kube-system \
    --output=jsonpath='{.data.client-ca-file}') == "$(<"$one/pki/ca.crt")" ]]
}

kubelet_client_may_only_reach_nodes() {
  kube "$one" auth can-i create nodes --subresource=proxy --as=kube-apiserver-kubelet-client
  fails kube "$one" auth can-i create pods --as=kube-apiserver-kubelet-client
}

# NodeRestriction is what refuses here: RBAC lets a node create its own Node object only.
node_may_not_touch_another_node() {
  [[ $(kube "$one" create --as=system:node:a --as-group=system:nodes --filename=- 2>&1 <<<'
{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "b"}}') == *'node "a" is not allowed to modify node "b"'* ]]
}

signing_request_is_signed() {
  local request
  openssl req -new -newkey rsa:2048 -noenc -keyout "$work/key" -subj /CN=someone -out "$work/csr" 2>/dev/null
  request=$(base64 -w0 "$work/csr")
  kube "$one" create --filename=- <<EOF
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {name: someone}
spec: {signerName: kubernetes.io/kube-apiserver-client, usages: [client auth], request: $request}
EOF
  kube "$one" certificate approve someone
  settles has_certificate
}

has_certificate() {
  [[ -n $(kube "$one" get certificatesigningrequest someone --output=jsonpath='{.status.certificate}') ]]
}

# A pod is created, gets its token volume from the admission plugin, and the scheduler judges it.
pod_is_judged_by_the_scheduler() {
  kube "$one" run waiting --image=local.test/none
  [[ $(kube "$one" get pod waiting --output=jsonpath='{.spec.volumes[*].name}') == kube-api-access-* ]]
  settles is_unschedulable
}

is_unschedulable() {
  [[ $(kube "$one" get pod waiting --output=jsonpath='{.status.conditions[*].reason}') == *Unschedulable* ]]
}

clusters_do_not_meet() {
  kube "$one" create namespace only-here
  fails kube "$two" get namespace only-here
}

identity_is_counted_apart() {
  local file schema='flow_schema="identity-agent-1"'
  file=$("$cluster" identity agent-1 --dir "$two")
  [[ $file == "$two/identities/agent-1.kubeconfig" ]]
  "$two/bin/kubectl" --kubeconfig="$file" get nodes
  kube "$two" get --raw /metrics | grep "^apiserver_flowcontrol_dispatched_requests_total{.*$schema"
}

second_up_changes_nothing() {
  local before
  before=$(pids "$one")
  [[ $("$cluster" up --dir "$one") == "already up"* && $(pids "$one") == "$before" ]]
}

up_replaces_what_has_died() {
  local before
  before=$(<"$one/run/etcd.pid")
  kill -KILL "$(<"$one/run/kube-scheduler.pid")"
  fails "$cluster" status --dir "$one"
  "$cluster" up --dir "$one"
  "$cluster" status --dir "$one"
  [[ $(<"$one/run/etcd.pid") == "$before" ]]
}

down_leaves_alone_what_it_did_not_start() {
  local stranger
  sleep 60 &
  stranger=$!
  mv "$one/run/kube-scheduler.pid" "$work/pid"
  echo $stranger >"$one/run/kube-scheduler.pid"
  "$cluster" down --dir "$one"
  kill -0 $stranger
  kill -KILL $stranger "$(<"$work/pid")"
}

foreign_folder_is_refused() {
  mkdir "$work/foreign"
  touch "$work/foreign/file"
  fails "$cluster" up --dir "$work/foreign"
  "$cluster" down --dir "$work/foreign" --purge
  [[ -e $work/foreign/file ]]
}

# All processes that were recorded have ended and nothing listens on their ports.
nothing_is_left() {
  local pid port
  for pid in $1; do [[ ! -e /proc/$pid/exe ]]; done
  for port in $2; do
    [[ -z $(ss -Hltn "sport = :$port") ]]
  done
}

check "two clusters start at once" both_start_at_once
check "the server calls itself v1.36.1" server_version
check "the API server is ready" kube "$one" get --raw /readyz
check "so is the second one" kube "$two" get --raw /readyz
check "the default ServiceAccount exists" kube "$one" get serviceaccount default
check "a ServiceAccount gets a token" kube "$one" create token default
check "extension-apiserver-authentication holds the client CA" client_ca_is_published
check "kube-apiserver-kubelet-client may reach nodes and nothing else" kubelet_client_may_only_reach_nodes
check "a node may not touch another node" node_may_not_touch_another_node
check "an approved signing request is signed" signing_request_is_signed
check "a pod is judged by the scheduler" pod_is_judged_by_the_scheduler
check "the clusters do not meet" clusters_do_not_meet
check "an identity's requests are counted apart" identity_is_counted_apart
check "status is content with a healthy cluster" "$cluster" status --dir "$two"
check "a second up changes nothing" second_up_changes_nothing
check "up replaces what has died and keeps the rest" up_replaces_what_has_died
check "a folder with other things in it is refused and left alone" foreign_folder_is_refused

all_pids="$(pids "$one") $(pids "$two")"
all_ports="$(ports "$one") $(ports "$two")"
check "down leaves alone what it did not start" down_leaves_alone_what_it_did_not_start
check "status of a stopped cluster fails" fails "$cluster" status --dir "$one"
check "down --purge removes the folder" "$cluster" down --dir "$two" --purge
check "the folder is gone" test ! -e "$two"
check "no process and no listening port is left" nothing_is_left "$all_pids" "$all_ports"

end_tests
