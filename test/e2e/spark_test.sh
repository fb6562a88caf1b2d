#!/usr/bin/env bash
# Real Spark on the virtual node while things go wrong around it: `test/e2e/spark_test.sh --help` tells.
set -euo pipefail

usage() {
  cat <<'EOH'
test/e2e/spark_test.sh [--short] [TEST..]: real Spark applications in cluster mode on the virtual node, with a real control plane,
an ordinary node, and the fake cloud with real containers, in a network namespace of its own. All tests, or those named:

  pi_virtual, pi_ordinary  pi, its driver on the virtual node or on the ordinary one
  executor_killed          an executor's process is killed in the middle
  agent_killed             the agent is killed while executors start, and again while they work
  creation_refused         the cloud throttles creations and then has no stock while executors start
  dynamic_allocation       executors come while tasks wait and go when idle
  api_server_killed        the API server is killed in the middle, and comes again
  network_cut              an executor's network is cut in the middle
  word_count               20 MB of text in a folder that all pods have

After these, always: no pod ever had two groups, and none goes on without a pod. --short takes the first four only. Programs from
VK_BIN (build/release/bin). Needs root, and builds the images when they are not there yet. VK_JOB_SECONDS is how long an application
may take (180).
EOH
}

all_tests=(
  pi_virtual pi_ordinary executor_killed agent_killed creation_refused dynamic_allocation api_server_killed network_cut word_count
)
if ((EUID != 0)) && [[ $* != *-h* ]]; then
  echo "left out: real containers need root"
  echo "0 passed, 0 failed"
  exit
fi
if [[ ${1-} != in-own-namespace ]]; then exec unshare --net "${BASH_SOURCE[0]}" in-own-namespace "$@"; fi
shift

# shellcheck source-path=SCRIPTDIR source=../../tools/lib/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../tools/lib/env.sh"
# shellcheck source-path=SCRIPTDIR source=../../tools/lib/demo.sh
source "$tools_dir/lib/demo.sh"
# shellcheck source-path=SCRIPTDIR source=../../tools/lib/free_network.sh
source "$tools_dir/lib/free_network.sh"
# shellcheck source-path=SCRIPTDIR source=../../tools/lib/spark_demo.sh
source "$tools_dir/lib/spark_demo.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/network.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/network.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/groups.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/groups.sh"

fail() {
  echo "test/e2e/spark_test.sh: $*" >&2
  exit 1
}

chosen=()
for argument in "$@"; do
  case $argument in
    -h | --help) usage && exit ;;
    --short) chosen+=("${all_tests[@]:0:4}") ;;
    *)
      [[ " ${all_tests[*]} " == *" $argument "* ]] || { usage >&2 && exit 2; }
      chosen+=("$argument")
      ;;
  esac
done
((${#chosen[@]})) || chosen=("${all_tests[@]}")

root_dir=$(cd "$tools_dir/.." && pwd)
here=$root_dir/test/e2e
bin=${VK_BIN:-$root_dir/build/release/bin}
job_seconds=${VK_JOB_SECONDS:-180}
# What the parts in tools/lib read.
# shellcheck disable=SC2034
profile=article kind=false keep=false executors=2 layout=b report=''
dir=$(mktemp -d -t vk-spark.XXXXXX)
passed=0 failed=0 testing=''

end_test() {
  if [[ -n $testing ]]; then kill "$testing" 2>/dev/null || true; fi
  remove_everything
}
trap end_test EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# check WHAT COMMAND..: one test; any command in it that fails, fails it. In the background, so that a signal is heeded at once.
check() {
  local what=$1 begin=$SECONDS status=0
  shift
  (
    set -e
    "$@"
  ) >"$dir/output" 2>&1 &
  testing=$!
  wait $testing || status=$?
  testing=''
  if ((status == 0)); then
    passed=$((passed + 1))
    echo "ok      $what ($((SECONDS - begin)) s)"
  else
    failed=$((failed + 1))
    echo "FAILED  $what ($((SECONDS - begin)) s)"
    cat "$dir/output"
    show_state
  fi
}

show_state() {
  spark_kubectl get pods --output=wide || true
  spark_kubectl get events --field-selector=type=Warning --sort-by=.lastTimestamp | tail -n 10 || true
  tail -n 10 "$dir/virtual-node.log"
  spark_kubectl delete pods --all --wait=false >/dev/null || true
}

# within SECONDS COMMAND..: until it succeeds.
within() {
  local limit=$((SECONDS + $1))
  shift
  until "$@"; do
    if ((SECONDS >= limit)); then
      echo "not in time: $*"
      return 1
    fi
    sleep 0.3
  done
}

# application NAME [FLAG..] APPLICATION [ARGUMENT..]: submits it, small enough for many of them on two cores.
application() {
  "$tools_dir/spark/submit" --name "$1" --namespace "$spark_namespace" --conf spark.driver.memory=512m \
    --conf spark.executor.memory=512m --conf spark.kubernetes.executor.request.cores=0.5 "${@:2}" |
    admin apply --filename=- >/dev/null
}

# naps NAME [--conf KEY=VALUE..] TASKS SECONDS [IDLE]: tasks that sleep. Ended executors stay, so that they can be looked at.
naps() {
  local flags=()
  while [[ $2 == --* ]]; do
    flags+=("$2" "$3")
    set -- "$1" "${@:4}"
  done
  application "$1" --conf spark.kubernetes.executor.deleteOnTermination=false "${flags[@]}" --send "$here/naps.py" "${@:2}"
}

driver_log() { spark_kubectl logs "$1-driver"; }
# says NAME TEXT: the driver of that application printed it.
says() { [[ $(driver_log "$1" 2>/dev/null) == *"$2"* ]]; }

# application_id NAME: what Spark labels all pods of it with.
application_id() {
  spark_kubectl get pod "$1-driver" --output=jsonpath='{.metadata.labels.spark-app-selector}'
}

# executors NAME [PHASE]: their pods.
executors() {
  local id
  id=$(application_id "$1") || return
  spark_kubectl get pods --selector="spark-role=executor,spark-app-selector=$id" ${2:+--field-selector=status.phase=$2} \
    --output=jsonpath='{range .items[*]}{.metadata.name}{"\n"}{end}'
}
executors_run() { (($(executors "$1" Running | wc -l) >= $2)); }
no_executors() {
  local names
  names=$(executors "$1") && [[ -z $names ]]
}

# works NAME: some of its tasks are done, so that more of them are under way.
works() { (($(driver_log "$1" 2>/dev/null | grep --count 'Finished task') >= 2)); }

# ended NAME: the driver has; fails the test at once when it failed.
ended() {
  local phase
  phase=$(phase_of "$1-driver") || return
  case $phase in
    Succeeded) ;;
    Failed) driver_log "$1" | tail -n 30 && fail "the driver of $1 failed" ;;
    *)
      [[ $(phase_of "$1-submit") != Failed ]] || fail "spark-submit failed: $(spark_kubectl logs "$1-submit" | tail -n 5)"
      return 1
      ;;
  esac
}

# ends_with NAME LINE: it succeeds and has printed this line.
ends_with() {
  within "$job_seconds" ended "$1"
  driver_log "$1" | grep --line-regexp --extended-regexp "$2" || fail "it did not print: $2; $(driver_log "$1" | tail -n 30)"
}

# sum_of TASKS: what naps.py prints for that many.
sum_of() { echo "sum $(($1 * ($1 - 1) / 2))"; }

# clear_away NAME: its pods, so that the next has the machine for itself.
clear_away() {
  spark_kubectl delete pods --selector="spark-app-selector=$(application_id "$1")" >/dev/null
  spark_kubectl delete pod "$1-submit" >/dev/null
}

# log_is_complete NAME WHERE: from Spark's first line to what it does last; and in the fake cloud, all that the container wrote.
log_is_complete() {
  local file
  driver_log "$1" >"$dir/driver.log"
  grep --quiet 'Running Spark version' "$dir/driver.log"
  tail -n 2 "$dir/driver.log" | grep 'ShutdownHookManager: Deleting directory'
  [[ $2 == virtual ]] || return 0
  file=$(container_log "$1-driver")
  # Each of its lines begins with a time, a stream and a tag.
  cut --delimiter=' ' --fields=4- "$file" | diff - "$dir/driver.log"
}

# container_log POD: where its containerd keeps what it printed.
container_log() {
  local id
  id=$(groups | jq --raw-output --arg uid "$(spark_kubectl get pod "$1" --output=jsonpath='{.metadata.uid}')" \
    '.groups[] | select(any(.tags[]; . == $uid)) | .containerGroupId')
  find "$dir/runtime" -path "*$id*" -name '*.log' -size +1k | sed -n 1p
}

# pi LAYOUT
pi() {
  application "pi-$1" --driver "$1" /opt/spark/examples/pi.py 8
  ends_with "pi-$1" 'Pi is roughly 3\.1[0-9]*'
  [[ $(driver_log "pi-$1" | grep --count 'Registered executor') == 2 ]]
  within 30 no_executors "pi-$1"
  log_is_complete "pi-$1" "$1"
  clear_away "pi-$1"
}
pi_virtual() { pi virtual; }
pi_ordinary() { pi ordinary; }

# java_of POD: the process of its Java, on this machine. Names of Spark's pods are unique.
java_of() {
  local process
  for process in /proc/[0-9]*; do
    if [[ $(readlink "$process/exe") == */java ]] && grep --quiet --null-data --line-regexp "SPARK_EXECUTOR_POD_NAME=$1" \
      "$process/environ"; then echo "${process##*/}"; fi 2>/dev/null
  done
}

# exit_code POD: of its only container.
exit_code() {
  spark_kubectl get pod "$1" \
    --output=jsonpath='{.status.phase} {.status.containerStatuses[0].state.terminated.exitCode}'
}
has_exit_code() { [[ $(exit_code "$1") == "$2" ]]; }

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

# groups_of_pods: a line for each pod on the virtual node, its UID and its group.
groups_of_pods() {
  join <(spark_kubectl get pods --output=jsonpath='{range .items[*]}{.metadata.uid}{"\n"}{end}' | sort) \
    <(groups | jq --raw-output --arg tag "$uid_tag" '.groups[] | "\(.tags[$tag]) \(.containerGroupId)"' | sort)
}

# For the executors of naps.
none_failed() {
  local names
  names=$(executors "$1" Failed)
  [[ -z $names ]] || fail "executors failed: $names"
}
none_lost() {
  local log
  log=$(driver_log "$1")
  [[ $log != *'Lost executor'* ]] || fail "executors were lost"
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
    --conf spark.dynamicAllocation.schedulerBacklogTimeout=1s --send "$here/naps.py" 24 3 40
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

word_count() {
  local expected
  mkdir "$dir/text"
  python3 "$here/text.py" "$dir/text" 20
  expected=$(direct_count "$dir/text")
  echo "direct: $expected"
  application words --prepare "python3 -c '$(<"$here/text.py")' /data 20" /opt/spark/examples/word_count.py /data
  ends_with words "$expected"
  clear_away words
}

# no_group_without_pod: nor a pod that is gone.
no_group_without_pod() {
  local alive
  alive=$(going_on) || return
  [[ -z $(comm -23 <(sort <<<"$alive") <(admin get pods --all-namespaces \
    --output=jsonpath='{range .items[*]}{.metadata.uid}{"\n"}{end}' | sort)) ]]
}

nothing_is_left() {
  within 60 no_group_without_pod
  nothing_doubled || fail "a pod has had two groups"
  spark_kubectl delete pods --all --timeout=60s
  within 60 nothing_goes_on
  within 30 no_container_runs
}
no_container_runs() {
  local tag tasks
  tag=$(printf %s "$dir/runtime" | sha256sum | cut -c1-8)
  tasks=$(ctr --address "/run/fake-eci-$tag/containerd.sock" --namespace k8s.io tasks ls --quiet) && [[ -z $tasks ]]
}

start_everything() {
  make_network
  "$tools_dir/images" build pause spark >/dev/null
  start_cluster --worker
  start_registry
  start_container_cloud
  start_agent
  load_image_on_worker
  # So that nobody tells of those that are killed.
  disown -a
}

declare -A says_of=(
  [pi_virtual]="pi, with the driver on the virtual node"
  [pi_ordinary]="pi, with the driver on the ordinary node"
  [executor_killed]="a killed executor shows exit code 137 and is replaced"
  [agent_killed]="the agent killed twice: no group lost or doubled, the job ends right"
  [creation_refused]="throttled and out of stock: executors come late, nothing fails"
  [dynamic_allocation]="dynamic allocation goes up to four executors and down to one"
  [api_server_killed]="the API server killed: no group lost or doubled, the job ends right"
  [network_cut]="an executor without network is dropped and replaced"
  [word_count]="20 MB of words are counted right"
)

begin=$SECONDS
start_everything
echo "started in $((SECONDS - begin)) s"
for name in "${chosen[@]}"; do check "${says_of[$name]}" "$name"; done
check "no pod has had two groups, and none is left without a pod" nothing_is_left
echo "$((SECONDS - begin)) s"
echo "$passed passed, $failed failed"
((failed == 0))
