#!/usr/bin/env bash
# ImageCache objects become image caches of the cloud: real API server, the agent, the fake cloud. Programs from VK_BIN.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=../lib/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/lab.sh"

eci() { "$bin/ecictl" eci "$@"; }
caches() {
  eci DescribeImageCaches | jq --raw-output '.ImageCaches[]? | "\(.ImageCacheId) \(.Status) \(.Images | join(","))"'
}

# cache NAME SPEC: applies an object, its spec in YAML.
cache() {
  kube apply --filename=- >/dev/null <<<"{apiVersion: eci.alibabacloud.com/v1, kind: ImageCache, metadata: {name: $1}, spec: {$2}}"
}
status() { kube get imagecache "$1" --output="jsonpath={.status.$2}"; }
is_ready() { [[ $(status "$1" phase) == Ready && $(status "$1" progress) == 100% && $(status "$1" imageCacheId) == imc-* ]]; }
has_phase() { [[ $(status "$1" phase) == "$2" ]]; }
in_cloud() { caches | grep --quiet --fixed-strings "$1"; }
not_in_cloud() { ! in_cloud "$1"; }
told() {
  kube get events --output=json |
    jq --exit-status --arg reason "$1" 'any(.items[]; .involvedObject.kind == "ImageCache" and .reason == $reason)'
}

start_cache_agent() { start_agent "$identity" --cloud-limits lifted; }
says() { grep --quiet "$1" "$work/agent.log"; }

export ECI_REGION=cn-hangzhou ECI_ACCESS_KEY=test-key ECI_SECRET_KEY=test-secret
start_cluster
start_fake --profile instant --flow-limits off
identity=$("$root/tools/cluster" identity virtual-node --dir "$work/cluster")
export ECI_ENDPOINT=$openapi
start_cache_agent
eventually 10 "an agent without the definition says once that it waits" says 'does not serve this kind'

kube create --filename="$root/helm/ack-virtual-node/crds/imagecaches.yaml" >/dev/null
kube wait --for=condition=Established --timeout=30s crd/imagecaches.eci.alibabacloud.com >/dev/null
kube create secret docker-registry pull --docker-server=registry.test --docker-username=user --docker-password=hidden >/dev/null
cache web 'images: ["registry.test/web:1"], imagePullSecrets: ["default:pull"], retentionDays: 7'
eventually 15 "an object's cache is Ready, whole, and has an id" is_ready web
id=$(status web imageCacheId)
eventually 0 "the cloud has it under this id" in_cloud "$id Ready registry.test/web:1"
expires() { [[ $(status web expireDateTime) == 20* ]]; }
eventually 0 "it says when it expires" expires
eventually 5 "events say that it was made and is ready" told ImageCacheReady
waited_quietly() { [[ $(grep --count 'does not serve this kind' "$work/agent.log") == 1 ]]; }
eventually 0 "the wait was told once" waited_quietly

cache waiting 'images: ["app:1"], imagePullSecrets: ["default:missing"]'
names_the_secret() { [[ $(status waiting reason) == *default:missing* ]]; }
eventually 10 "a missing pull secret is named" names_the_secret
kube delete imagecache waiting --timeout=10s >/dev/null
eventually 0 "what was never made is deleted at once" not_in_cloud app:1

kube create --filename=- >/dev/null <<<"{apiVersion: v1, kind: Pod, metadata: {name: hit, annotations:
  {k8s.aliyun.com/eci-image-cache: 'true'}}, spec: $(pod_spec Always | sed 's|example/job:1|registry.test/web:1|')}"
runs() { [[ $(kube get pod hit --output='jsonpath={.status.phase}') == Running ]]; }
eventually 10 "a pod that asks for a cache runs" runs
hits() { "$bin/ecictl" fake groups --control "$control" --output json | jq --exit-status 'any(.groups[]; .imageCacheHit)'; }
eventually 0 "and starts from it" hits

cache web 'images: ["registry.test/web:2"], imagePullSecrets: ["default:pull"], retentionDays: 7'
eventually 10 "another image is put into the same cache" in_cloud "$id Ready registry.test/web:2"
eventually 10 "which is Ready again" is_ready web

# The answer to the creation comes when nobody is left to hear it.
"$bin/ecictl" fake fault add --control "$control" --kind latency --action CreateImageCache --latency-ms 5000 --count 1 >/dev/null
cache killed 'images: ["app:2"]'
eventually 10 "the cloud is asked for another cache" in_cloud app:2
kill -KILL "$agent_pid"
names_no_cache() { [[ -z $(status killed imageCacheId) ]]; }
eventually 0 "and the object does not name it yet" names_no_cache
start_cache_agent
eventually 20 "an agent killed between creation and status finds its cache" is_ready killed
one_cache() { [[ $(caches | grep --count app:2) == 1 ]]; }
eventually 0 "there is one" one_cache
eventually 0 "the other is as it was" in_cloud "$id Ready registry.test/web:2"

kube delete imagecache web killed --timeout=15s >/dev/null
eventually 0 "a deleted object is gone only when its cache is" not_in_cloud imc-
eventually 5 "an event says so" told ImageCacheDeleted

end_tests
