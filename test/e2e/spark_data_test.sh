#!/usr/bin/env bash
# Where real Spark's data come from, and where its logs go: `test/e2e/spark_data_test.sh --help` tells.
set -euo pipefail

usage() {
  cat <<'EOH'
test/e2e/spark_data_test.sh [TEST..]: real Spark applications on the virtual node with data elsewhere, on a real control plane and
the fake cloud with real containers, in a network namespace of its own. All tests, or those named:

EOH
  for name in "${all_tests[@]}"; do printf '  %-20s %s\n' "$name" "${says_of[$name]}"; done
  cat <<'EOH'

After these, always: no pod ever had two groups, and none goes on without a pod. Programs from VK_BIN (build/release/bin). Needs
root, and builds the images when they are not there yet. VK_JOB_SECONDS is how long an application may take (180).
EOH
}

all_tests=(history)
declare -A says_of=(
  [history]="Spark's history server shows an application from its event log, also after its liveness probe restarted it"
)

# shellcheck source-path=SCRIPTDIR source=../lib/spark.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/spark.sh"
choose_tests "$@"

nfs_share() { echo "$dir/runtime/shares/nfs/nas.test/$1"; }

# make_share FOLDER: what a file server or a bucket holds; pods write there as whoever they are.
make_share() {
  mkdir -p "$1"
  chmod 777 "$1"
}

# apply_manifest NAME: of tools/spark; its Deployment is to be available.
apply_manifest() {
  admin apply --filename="$tools_dir/spark/$1.yaml"
  within "$job_seconds" is_available "$1"
}
is_available() { [[ $(spark_kubectl get deployment "$1" --output=jsonpath='{.status.availableReplicas}') == 1 ]]; }
# But not the namespace.
delete_manifest() { spark_kubectl delete deployment,service "$1"; }

# pod_of APP FIELD: of its only pod.
pod_of() { spark_kubectl get pods --selector="app=$1" --output=jsonpath="{.items[0].$2}"; }

fetch() { curl --silent --show-error --fail --max-time 10 --noproxy '*' "$@"; }

# history_api PATH: what the history server answers at its pod's address.
history_api() { fetch "http://$(pod_of history-server status.podIP):18080/api/v1/$1"; }

history_shows() {
  history_api applications | jq --exit-status --arg id "$1" \
    'any(.[]; .id == $id and .name == "pi" and (.attempts | length == 1) and .attempts[0].completed)'
}

# history_process: its Java on this machine, by its pod's address.
history_process() {
  local process address
  address=$(pod_of history-server status.podIP)
  for process in $(pgrep --full --exact '.*/java .*org\.apache\.spark\.deploy\.history\.HistoryServer'); do
    if nsenter --net --target "$process" ip -oneline -4 address | grep --quiet --fixed-strings " $address/"; then
      echo "$process"
    fi
  done
}
history_restarted() { (($(pod_of history-server 'status.containerStatuses[0].restartCount') >= 1)); }

history() {
  local id
  make_share "$(nfs_share spark-logs)"
  application logged --volume '{"nfs": {"server": "nas.test", "path": "/spark-logs"}}' --conf spark.eventLog.enabled=true \
    --conf spark.eventLog.dir=file:/volume /opt/spark/examples/pi.py 8
  ends_with logged 'Pi is roughly 3\.1[0-9]*'
  id=$(application_id logged)
  clear_away logged
  apply_manifest history-server
  [[ $(pod_of history-server spec.nodeName) == virtual-kubelet ]]
  within 60 history_shows "$id"
  # Driver and executors, and all of the job's tasks.
  history_api "applications/$id/allexecutors" | jq --exit-status 'map(.id) | sort == ["1", "2", "driver"]'
  history_api "applications/$id/jobs" | jq --exit-status 'map([.status, .numCompletedTasks]) == [["SUCCEEDED", 8]]'
  # It hangs: only its liveness probe can tell.
  kill -STOP "$(history_process)"
  within 150 history_restarted
  within "$job_seconds" history_shows "$id"
  delete_manifest history-server
}

run_tests
