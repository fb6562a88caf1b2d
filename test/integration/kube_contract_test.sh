#!/usr/bin/env bash
# The contract that the API server in memory passes, against a real one.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
clean_up() {
  "$root/tools/cluster" down --dir "$work/cluster" --purge >/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT

VK_SKIP_SETUP=1 "$root/tools/build" release http_kube_contract_test
"$root/tools/cluster" up --dir "$work/cluster" >/dev/null
kube() { "$work/cluster/bin/kubectl" --kubeconfig="$work/cluster/kubeconfig" "$@" >/dev/null; }
kube create --filename="$root/helm/ack-virtual-node/crds/imagecaches.yaml"
kube wait --for=condition=Established --timeout=30s crd/imagecaches.eci.alibabacloud.com
"$root/build/release/bin/http_kube_contract_test" --kubeconfig="$work/cluster/kubeconfig" --gtest_brief=1
