#!/usr/bin/env bash
# What is wrong with the settings ends virtual-node with exit code 2: at once when the machine can tell, with --check when only the
# API server or the cloud can. Against a real API server and the fake cloud; programs from VK_BIN.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=../lib/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/lab.sh"

# tells WHAT CODE PATTERN [NAME=VALUE..] [FLAG..]: one test of virtual-node with these settings over the good ones.
tells() {
  local what=$1 code=$2 pattern=$3 settings=()
  shift 3
  while (($#)) && [[ $1 == *=* ]]; do
    settings+=("$1")
    shift
  done
  check "$what" ends "$code" "$pattern" timeout 60 env ECI_REGION=cn-hangzhou ECI_VSWITCH=vsw-1 ECI_SECURITY_GROUP=sg-1 \
    ECI_ACCESS_KEY=test-key ECI_SECRET_KEY=test-secret ECI_ENDPOINT="$openapi" KUBECONFIG="$work/cluster/kubeconfig" \
    NODE_IP=127.0.0.1 "${settings[@]}" "$bin/virtual-node" "$@"
}

start_cluster
cat >"$work/profile.yaml" <<'EOT'
vswitches:
  - {id: vsw-1, vpc: vpc-1, zone: cn-hangzhou-h}
EOT
start_fake --profile "$work/profile.yaml"
sed 's#server: .*#server: https://127.0.0.1:1#' "$work/cluster/kubeconfig" >"$work/away"
printf 'nodename: typo\n' >"$work/settings.yaml"
printf 'apiVersion: v1\nclusters: 7\n' >"$work/broken"

tells "good settings are accepted" 0 'accept these settings' --check
tells "a wrong secret is told" 2 'cloud: .*check the access key' ECI_SECRET_KEY=wrong --check
tells "an unknown key is told" 2 'cloud: .*InvalidAccessKeyId' ECI_ACCESS_KEY=nobody --check
tells "a vSwitch that the cloud does not know is told by name" 2 '--vswitch vsw-9' ECI_VSWITCH=vsw-1,vsw-9 --check
tells "an API server that is away is told" 2 'API server: ' KUBECONFIG="$work/away" --check
tells "a cloud that is away is told" 2 'cloud: ' ECI_ENDPOINT=http://127.0.0.1:1 --check
tells "a missing region is told at once" 2 'ECI_REGION' ECI_REGION=
tells "a malformed security group is told at once" 2 'ECI_SECURITY_GROUP: "group"' ECI_SECURITY_GROUP=group
tells "a node address that is none is told at once" 2 'NODE_IP: "nonsense" is not an IP address' NODE_IP=nonsense --check
tells "a kubeconfig that does not exist is told at once" 2 '/absent: cannot be read: No such file' KUBECONFIG="$work/absent"
tells "a kubeconfig that is a folder is told at once" 2 'cluster: cannot be read: Is a directory' KUBECONFIG="$work/cluster"
tells "no kubeconfig at all is told at once" 2 'no kubeconfig is named by --kubeconfig or KUBECONFIG' KUBECONFIG=
tells "a kubeconfig without a cluster is told at once" 2 'broken' KUBECONFIG="$work/broken"
tells "an unknown key of the file is told at once" 2 'unknown key "nodename"' --config "$work/settings.yaml"

end_tests
