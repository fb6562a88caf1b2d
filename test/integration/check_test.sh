#!/usr/bin/env bash
# What is wrong with the settings ends virtual-node with exit code 2: at once when the machine can tell, with --check when only the
# API server or the cloud can. Against a real API server and the fake cloud; programs from VK_BIN.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin=${VK_BIN:-$root/build/release/bin}
work=$(mktemp -d)
fake_pid='' passed=0 failed=0

clean_up() {
  [[ -z $fake_pid ]] || kill -TERM "$fake_pid" 2>/dev/null || true
  "$root/tools/cluster" down --dir "$work/cluster" --purge >/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT

# ends WHAT CODE PATTERN [NAME=VALUE..] [FLAG..]: runs virtual-node with these settings over the good ones.
ends() {
  local what=$1 code=$2 pattern=$3 settings=() status=0
  shift 3
  while (($#)) && [[ $1 == *=* ]]; do
    settings+=("$1")
    shift
  done
  timeout 60 env ECI_REGION=cn-hangzhou ECI_VSWITCH=vsw-1 ECI_SECURITY_GROUP=sg-1 ECI_ACCESS_KEY=test-key \
    ECI_SECRET_KEY=test-secret ECI_ENDPOINT="$endpoint" KUBECONFIG="$work/cluster/kubeconfig" NODE_IP=127.0.0.1 \
    "${settings[@]}" "$bin/virtual-node" "$@" >"$work/out" 2>&1 || status=$?
  if ((status == code)) && grep --quiet --extended-regexp -e "$pattern" "$work/out"; then
    passed=$((passed + 1))
    echo "ok      $what"
  else
    failed=$((failed + 1))
    echo "FAILED  $what: exit code $status"
    cat "$work/out"
  fi
}

"$root/tools/cluster" up --dir "$work/cluster" >/dev/null
cat >"$work/profile.yaml" <<'EOT'
vswitches:
  - {id: vsw-1, vpc: vpc-1, zone: cn-hangzhou-h}
EOT
"$bin/fake-eci" --listen 127.0.0.1:0 --control-listen 127.0.0.1:0 --profile "$work/profile.yaml" >"$work/fake.out" 2>"$work/fake.log" &
fake_pid=$!
for ((i = 0; i < 100; i++)); do
  if grep --quiet --no-messages listening "$work/fake.out"; then break; fi
  sleep 0.1
done
endpoint=$(sed -n 's/.*openapi=\([^ ]*\).*/\1/p' "$work/fake.out")
sed 's#server: .*#server: https://127.0.0.1:1#' "$work/cluster/kubeconfig" >"$work/away"
printf 'nodename: typo\n' >"$work/settings.yaml"
printf 'apiVersion: v1\nclusters: 7\n' >"$work/broken"

ends "good settings are accepted" 0 'accept these settings' --check
ends "a wrong secret is told" 2 'cloud: .*check the access key' ECI_SECRET_KEY=wrong --check
ends "an unknown key is told" 2 'cloud: .*InvalidAccessKeyId' ECI_ACCESS_KEY=nobody --check
ends "a vSwitch that the cloud does not know is told by name" 2 '--vswitch vsw-9' ECI_VSWITCH=vsw-1,vsw-9 --check
ends "an API server that is away is told" 2 'API server: ' KUBECONFIG="$work/away" --check
ends "a cloud that is away is told" 2 'cloud: ' ECI_ENDPOINT=http://127.0.0.1:1 --check
ends "a missing region is told at once" 2 'ECI_REGION' ECI_REGION=
ends "a malformed security group is told at once" 2 'ECI_SECURITY_GROUP: "group"' ECI_SECURITY_GROUP=group
ends "a kubeconfig that does not exist is told at once" 2 '/absent' KUBECONFIG="$work/absent"
ends "a kubeconfig without a cluster is told at once" 2 'broken' KUBECONFIG="$work/broken"
ends "an unknown key of the file is told at once" 2 'unknown key "nodename"' --config "$work/settings.yaml"

echo "$passed passed, $failed failed"
((failed == 0))
