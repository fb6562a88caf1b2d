#!/usr/bin/env bash
# Real Spark on the virtual node, also while things go wrong around it: `test/e2e/spark_test.sh --help` tells.
set -euo pipefail

usage() {
  cat <<'EOH'
test/e2e/spark_test.sh [TEST..]: real Spark applications on the virtual node, with a real control plane, an ordinary node, and the
fake cloud with real containers, in a network namespace of its own. All tests, or those named:

EOH
  for name in "${all_tests[@]}"; do printf '  %-20s %s\n' "$name" "${says_of[$name]}"; done
  cat <<'EOH'

After these, always: no pod ever had two groups, and none goes on without a pod. Programs from VK_BIN (build/release/bin). Needs
root, and builds the images when they are not there yet. VK_JOB_SECONDS is how long an application may take (180).
EOH
}

all_tests=(
  pi_client pi_outside pi_virtual pi_ordinary operator_object operator_schedule executor_killed agent_killed
  creation_refused dynamic_allocation api_server_killed network_cut late_config late_name decommission word_count names_by_zone
)
declare -A says_of=(
  [pi_client]="client mode: pi, its driver a process of this machine"
  [pi_outside]="layout a: pi, submitted from this machine with the rights of a ServiceAccount"
  [pi_virtual]="layout b: pi, with the driver on the virtual node"
  [pi_ordinary]="layout c: pi, with the driver on the ordinary node"
  [operator_object]="layout d: words are counted by an object of the Spark operator"
  [operator_schedule]="layout d: and by a run of a scheduled one"
  [executor_killed]="a killed executor shows exit code 137 and is replaced"
  [agent_killed]="the agent killed twice: no group lost or doubled, the job ends right"
  [creation_refused]="throttled and out of stock: executors come late, nothing fails"
  [dynamic_allocation]="dynamic allocation goes up to four executors and down to one"
  [api_server_killed]="the API server killed: no group lost or doubled, the job ends right"
  [network_cut]="an executor without network is dropped and replaced"
  [late_config]="pods wait for a ConfigMap that comes late, and then run"
  [late_name]="executors that cannot find the driver yet are replaced by some that can"
  [decommission]="a deleted executor hands over its work first"
  [word_count]="20 MB of words on a file server are counted right"
  [names_by_zone]="layout b: pi, with names by PrivateZone instead of the cluster's DNS"
)

# shellcheck source-path=SCRIPTDIR source=../lib/spark.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/spark.sh"
choose_tests "$@"

# pi_is_right NAME NODE: its driver, on that kind of node, printed Pi; the log is whole, and of the executors none is left.
pi_is_right() {
  ends_with "$1" 'Pi is roughly 3\.1[0-9]*'
  [[ $(driver_log "$1" | grep --count 'Registered executor') == 2 ]]
  within 30 no_executors "$1"
  log_is_complete "$1" "$2"
  clear_away "$1"
}
pi_virtual() {
  application pi-virtual /opt/spark/examples/pi.py 8
  pi_is_right pi-virtual virtual
}
pi_ordinary() {
  application pi-ordinary --driver ordinary /opt/spark/examples/pi.py 8
  pi_is_right pi-ordinary ordinary
}

# here FLAG..: spark-submit on this machine.
here() { submit_here --namespace "$spark_namespace" "${small_spark[@]}" "$@"; }

pi_outside() {
  here --name pi-outside /opt/spark/examples/pi.py 8
  pi_is_right pi-outside virtual
}

pi_client() {
  here --name pi-client --client --address 192.0.2.2 /opt/spark/examples/pi.py 8 >"$dir/client.log" 2>&1 || {
    tail -n 30 "$dir/client.log"
    fail "spark-submit failed"
  }
  grep --line-regexp --extended-regexp 'Pi is roughly 3\.1[0-9]*' "$dir/client.log"
  [[ $(grep --count 'Registered executor' "$dir/client.log") == 2 ]]
  within 30 no_pod_runs
}
no_pod_runs() {
  local pods
  pods=$(spark_kubectl get pods --field-selector=status.phase!=Succeeded,status.phase!=Failed --output=name) && [[ -z $pods ]]
}

# The words of the image's own texts.
count_of_licenses() { direct_count "$("$tools_dir/images" path spark)/spark-home/licenses"; }

operator_object() {
  "$tools_dir/spark/translate" "$tools_dir/spark/operator/word-count.yaml" | admin apply --filename=-
  ends_with operator-word-count "$(count_of_licenses)"
  [[ $(spark_kubectl get pods --selector=sparkoperator.k8s.io/app-name=operator-word-count,spark-role=driver \
    --output=jsonpath='{.items[*].spec.nodeName}') == virtual-kubelet ]]
  clear_away operator-word-count
}

# A run of the schedule, made now.
operator_schedule() {
  local driver
  "$tools_dir/spark/translate" "$tools_dir/spark/operator/scheduled-word-count.yaml" | admin apply --filename=-
  spark_kubectl create job --from=cronjob/nightly-word-count nightly-now
  within 60 driver_of_schedule
  driver=$(driver_of_schedule)
  [[ $(spark_kubectl get pod "$driver" --output=jsonpath='{.spec.nodeName}') == worker ]]
  ends_with "${driver%-driver}" "$(count_of_licenses)"
  spark_kubectl delete cronjob nightly-word-count
  spark_kubectl delete pod "$driver"
}
# Spark gives it a name of its own.
driver_of_schedule() {
  spark_kubectl get pods --selector=spark-role=driver,sparkoperator.k8s.io/app-name=nightly-word-count \
    --output=jsonpath='{.items[0].metadata.name}' 2>/dev/null
}

executor_killed() {
  local victim
  naps killed 18 2
  within 120 works killed
  within 30 executors_run killed 2
  victim=$(executors killed | sed -n 1p)
  kill -KILL "$(java_of "$victim")"
  within 20 has_exit_code "$victim" 'Failed 137'
  ends_with killed "$(sum_of 18)"
  (($(executors killed | wc -l) == 3)) || fail "the killed executor was not replaced"
  clear_away killed
}

# kill_agent SECONDS: and start it again after so long.
kill_agent() {
  kill -KILL "$(<"$dir/virtual-node.pid")"
  sleep "$1"
  start_agent
}

agent_killed() {
  local before
  naps orphaned 18 2
  within 60 says orphaned 'Going to request'
  kill_agent 1
  within 120 works orphaned
  within 30 executors_run orphaned 2
  before=$(groups_of_pods)
  kill_agent 4
  ends_with orphaned "$(sum_of 18)"
  nothing_doubled || fail "a pod has had two groups"
  [[ $(groups_of_pods) == "$before" ]] || fail "groups before and after: $before; $(groups_of_pods)"
  none_failed orphaned
  none_lost orphaned
  clear_away orphaned
}

# refuse_creation CODE SECONDS: the cloud answers creations with this code for so long.
refuse_creation() {
  "$bin/ecictl" fake fault add --control "$control" --kind error --action CreateContainerGroup --code "$1"
  sleep "$2"
  "$bin/ecictl" fake fault clear --control "$control"
  refused_with "$1" || fail "the cloud refused nothing with $1"
}
refused_with() {
  (($("$bin/ecictl" fake calls --output json --control "$control" | jq --arg code "$1" \
    '[.calls[] | select(.action == "CreateContainerGroup" and .outcome == $code)] | length') > 0))
}

creation_refused() {
  naps refused 12 1
  within 60 says refused 'Running Spark version'
  refuse_creation Throttling.User 12
  refuse_creation OperationDenied.NoStock 10
  ends_with refused "$(sum_of 12)"
  none_failed refused
  (($(executors refused Succeeded | wc -l) == 2)) || fail "not two executors"
  clear_away refused
}

dynamic_allocation() {
  application dynamic --executors 1 --conf spark.dynamicAllocation.enabled=true --conf spark.dynamicAllocation.minExecutors=1 \
    --conf spark.dynamicAllocation.maxExecutors=4 --conf spark.dynamicAllocation.shuffleTracking.enabled=true \
    --conf spark.dynamicAllocation.shuffleTracking.timeout=5s --conf spark.dynamicAllocation.executorIdleTimeout=5s \
    --conf spark.dynamicAllocation.schedulerBacklogTimeout=1s --send "$spark_tests/naps.py" 24 3 40
  within 90 executors_run dynamic 1
  within 60 executors_run dynamic 4
  within 90 says dynamic "$(sum_of 24)"
  within 35 only_one_executor dynamic
  ends_with dynamic "once more 276"
  clear_away dynamic
}
# While the driver is still there.
only_one_executor() { [[ $(phase_of "$1-driver") == Running && $(executors "$1" | wc -l) == 1 ]]; }

api_server_killed() {
  local before
  naps unserved 24 2
  within 120 works unserved
  within 30 executors_run unserved 2
  before=$(groups_of_pods)
  kill -KILL "$(<"$dir/cluster/run/kube-apiserver.pid")"
  sleep 5
  "$tools_dir/cluster" up --dir "$dir/cluster"
  ends_with unserved "$(sum_of 24)"
  nothing_doubled || fail "a pod has had two groups"
  [[ $(groups_of_pods) == "$before" ]] || fail "groups before and after: $before; $(groups_of_pods)"
  none_failed unserved
  none_lost unserved
  clear_away unserved
}

# cut_network PID: takes down our end of the pair of interfaces whose other end that process has.
cut_network() {
  local peer
  peer=$(nsenter --net --target "$1" ip -oneline link show dev eth0 | sed -n 's/^[0-9]*: eth0@if\([0-9]*\):.*/\1/p')
  ip link set dev "$(ip -oneline link | sed -n "s/^$peer: \([^@:]*\).*/\1/p")" down
}

network_cut() {
  local victim
  naps cut --conf spark.network.timeout=12s --conf spark.executor.heartbeatInterval=2s --conf spark.network.timeoutInterval=2s 30 2
  within 120 works cut
  within 30 executors_run cut 2
  victim=$(executors cut | sed -n 1p)
  cut_network "$(java_of "$victim")"
  within 60 says cut "Removing executor ${victim##*-} with no recent heartbeats"
  ends_with cut "$(sum_of 30)"
  (($(executors cut Succeeded | wc -l) == 2)) || fail "the executor was not replaced"
  clear_away cut
}

# Driver and executors mount a ConfigMap that comes only after ten seconds.
late_config() {
  application late --volume '{"configMap": {"name": "late"}}' /opt/spark/examples/word_count.py /volume
  within 60 pod_waits_for late-driver 'configmap "late" not found'
  sleep 10
  pod_waits_for late-driver 'configmap "late" not found'
  spark_kubectl create configmap late --from-literal=text='a rose is a rose'
  within 5 has_phase late-driver Running
  ends_with late '5 words, 3 different'
  clear_away late
  spark_kubectl delete configmap late
}
has_phase() { [[ $(phase_of "$1") == "$2" ]]; }
pod_waits_for() {
  has_phase "$1" Pending && [[ $(spark_kubectl get events --field-selector="involvedObject.name=$1,reason=FailedMount" \
    --output=jsonpath='{.items[*].message}') == *"$2"* ]]
}

# The driver's name is there only when its pod is ready, which a readiness gate holds up: executors that cannot find it end with 1.
late_name() {
  naps nameless --conf spark.executor.maxNumFailures=30 --readiness-gate vk.test/name 12 1
  within 120 executor_ended nameless 1
  set_condition nameless-driver vk.test/name
  ends_with nameless "$(sum_of 12)"
  echo "executors that did not find the driver: $(executors nameless Failed | wc -l)"
  clear_away nameless
}
# executor_ended NAME CODE: one of them, with this exit code.
executor_ended() {
  [[ " $(spark_kubectl get pods --selector="spark-role=executor,spark-app-selector=$(application_id "$1")" \
    --output=jsonpath='{.items[*].status.containerStatuses[0].state.terminated.exitCode}') " == *" $2 "* ]]
}
set_condition() {
  spark_kubectl patch pod "$1" --subresource=status --type=strategic \
    --patch="{\"status\": {\"conditions\": [{\"type\": \"$2\", \"status\": \"True\"}]}}"
}

# An executor is deleted while it holds shuffled blocks: its preStop hands them over, and the job goes on.
decommission() {
  local victim
  naps leaving --conf spark.decommission.enabled=true --conf spark.storage.decommission.enabled=true \
    --conf spark.storage.decommission.shuffleBlocks.enabled=true 24 2
  within 120 works leaving
  within 30 executors_run leaving 2
  victim=$(executors leaving | sed -n 1p)
  spark_kubectl delete pod "$victim" --wait=false
  ends_with leaving "$(sum_of 24)"
  driver_log leaving | grep "xecutor ${victim##*-}.*decommission" || fail "the driver was not told that ${victim##*-} leaves"
  clear_away leaving
}

# Text in a folder of a file server, which all pods mount, and where the driver writes.
word_count() {
  local share=$dir/runtime/shares/nfs/nas.test/words expected
  mkdir -p "$share/text"
  chmod 777 "$share"
  python3 "$spark_tests/text.py" "$share/text" 20
  expected=$(direct_count "$share/text")
  echo "direct: $expected"
  application words --volume '{"nfs": {"server": "nas.test", "path": "/words"}}' \
    /opt/spark/examples/word_count.py /volume/text /volume/counts
  ends_with words "$expected"
  [[ "$(awk -F '\t' '{words += $2} END {print words " words, " NR " different"}' "$share/counts/counts.txt")" == "$expected" ]]
  clear_away words
}

# The agent gives pods no cluster DNS, but keeps Services in the cloud's own. Last, since it stays so.
names_by_zone() {
  agent_names=(--private-zone all)
  kill_agent 0
  application zoned /opt/spark/examples/pi.py 8
  pi_is_right zoned virtual
  [[ $(cloud_call DescribeZones | jq --raw-output '.Zones.Zone[].ZoneName') == svc.cluster.local.demo ]]
}
run_tests
