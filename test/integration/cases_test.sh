#!/usr/bin/env bash
# What people reported of virtual nodes: test/cases has a pod and a check for each. Real API server, scheduler and controllers, the fake
# cloud. Arguments are names of cases. Programs from VK_BIN.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=../lib/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/lab.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/proxy.sh
source "$root/test/lib/proxy.sh"

start_cluster
start_proxy
start_fake --profile instant --flow-limits off
start_agent "$("$root/tools/cluster" identity virtual-node --dir "$work/cluster")" --cloud-limits lifted --longest-deletion-grace 120
# shellcheck disable=SC2154 # openapi is lab.sh's, server proxy.sh's
export KUBECONFIG=$work/cluster/kubeconfig ECI_ENDPOINT=$openapi ECI_REGION=cn-hangzhou ECI_ACCESS_KEY=test-key ECI_SECRET_KEY=test-secret
check_running cases /usr/bin/python3 -B "$root/test/cases/cases.py" --server "$server" --kubectl "$work/cluster/bin/kubectl" \
  --ecictl "$bin/ecictl" "$@"
check "the agent has not ended" kill -0 "$agent_pid"

end_tests
