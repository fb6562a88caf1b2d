#!/usr/bin/env bash
# The definition of ImageCache in a real API server: what it takes, refuses and shows. Needs tools/setup; builds the control plane's
# programs when they are not in the cache yet.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/check.sh"

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
cluster=$work/cluster

clean_up() {
  "$root/tools/cluster" down --dir "$cluster" --purge >/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT

kube() { "$cluster/bin/kubectl" --kubeconfig="$cluster/kubeconfig" "$@"; }

# make NAME SPEC: a cache with this spec, in JSON.
make() {
  printf '{"apiVersion": "eci.alibabacloud.com/v1", "kind": "ImageCache", "metadata": {"name": "%s"}, "spec": %s}' "$1" "$2" |
    kube create --filename=-
}

# field NAME PATH: one field of a cache.
field() { kube get imagecache "$1" --output="jsonpath={$2}"; }

# refuses WHAT SPEC: such a spec is invalid, and the API server names the field.
refuses() {
  fails make refused "$2" 2>"$work/refused"
  grep --quiet --fixed-strings "spec.$1" "$work/refused"
}

is_established() {
  kube create --filename="$root/helm/ack-virtual-node/crds/imagecaches.yaml"
  kube wait --for=condition=Established --timeout=30s crd/imagecaches.eci.alibabacloud.com
}

takes_all_fields() {
  make full '{"images": ["registry.test:5000/app:1", "web"], "imagePullSecrets": ["default:pull-secret"], "imageCacheSize": 20,
    "retentionDays": 65536}'
  is web "$(field full .spec.images[1])"
  is default:pull-secret "$(field full .spec.imagePullSecrets[0])"
  is "20 65536" "$(field full .spec.imageCacheSize) $(field full .spec.retentionDays)"
}

needs_no_more_than_images() {
  make bare '{"images": ["app:1"]}'
  is "" "$(field bare .spec.imageCacheSize)"
}

refuses_what_the_cloud_would() {
  refuses images '{}'
  refuses images '{"images": []}'
  refuses images "{\"images\": [$(printf '"app:%d",' {1..20})\"app:21\"]}"
  refuses imagePullSecrets '{"images": ["app:1"], "imagePullSecrets": ["no-namespace"]}'
  refuses imageCacheSize '{"images": ["app:1"], "imageCacheSize": 19}'
  refuses imageCacheSize '{"images": ["app:1"], "imageCacheSize": 32769}'
  refuses retentionDays '{"images": ["app:1"], "retentionDays": 0}'
  refuses retentionDays '{"images": ["app:1"], "retentionDays": 65537}'
}

status_is_its_own() {
  kube patch imagecache bare --type=merge --patch='{"status": {"phase": "Ready"}}'
  is "" "$(field bare .status)"
  kube patch imagecache bare --subresource=status --type=merge --patch='{"status": {"imageCacheId": "imc-1"}}'
  is Pending "$(field bare .status.phase)"
  kube patch imagecache bare --subresource=status --type=merge --patch='{"status": {"phase": "Creating", "progress": "50%",
    "startTime": "2026-11-24T00:00:00Z", "events": [{"reason": "Pulled", "count": 1, "firstTimestamp": "2026-11-24T00:00:01Z"}]}}'
  is "Creating Pulled" "$(field bare .status.phase) $(field bare .status.events[0].reason)"
}

is_listed_with_its_state() {
  local names
  for names in ic imc; do is bare "$(kube get "$names" bare --output='jsonpath={.metadata.name}')"; done
  [[ $(kube get all --output=name) == *imagecache.eci.alibabacloud.com/bare* ]]
  is "NAME AGE CACHEID PHASE PROGRESS" "$(kube get ic | head -n 1 | xargs)"
  [[ $(kube get ic bare --no-headers | xargs) == "bare "*" imc-1 Creating 50%" ]]
}

"$root/tools/cluster" up --dir "$cluster" >/dev/null
check "the definition is established" is_established
check "a cache takes all fields" takes_all_fields
check "a cache needs no more than images" needs_no_more_than_images
check "a cache that the cloud would refuse is refused" refuses_what_the_cloud_would
check "the status is written by itself" status_is_its_own
check "a cache is listed with its state" is_listed_with_its_state
end_tests
