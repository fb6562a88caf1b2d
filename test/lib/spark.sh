# shellcheck shell=bash
# Sourced by tests of real Spark: a control plane with an ordinary node, the fake cloud with real containers and the virtual node,
# in a network namespace of their own; applications, what is asked of them, and the end of all. The test has `usage`, all_tests,
# says_of (a line for each), calls choose_tests "$@" at its start and run_tests at its end. Programs from VK_BIN.

# shellcheck source-path=SCRIPTDIR source=../lib/real_cluster.sh
source "$(dirname "${BASH_SOURCE[0]}")/real_cluster.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/groups.sh
source "$(dirname "${BASH_SOURCE[0]}")/groups.sh"

spark_tests=$root_dir/test/e2e
job_seconds=${VK_JOB_SECONDS:-180}
# What the parts in tools/lib read.
# shellcheck disable=SC2034
profile=article executors=2 layout=b report=''
chosen=()

# choose_tests ARGUMENT..: of the command line; goes on in a network namespace of its own, and makes the folder of all.
choose_tests() {
  local argument
  for argument in "$@"; do
    case $argument in
      in-own-namespace) ;;
      -h | --help) usage && exit ;;
      *)
        [[ " ${all_tests[*]} " == *" $argument "* ]] || { usage >&2 && exit 2; }
        chosen+=("$argument")
        ;;
    esac
  done
  ((${#chosen[@]})) || chosen=("${all_tests[@]}")
  in_own_network "$@"
  make_test_folder
}

end_test() {
  if [[ -n $testing ]]; then kill "$testing" 2>/dev/null || true; fi
  remove_everything
}

show_state() {
  spark_kubectl get pods --output=wide || true
  spark_kubectl get events --field-selector=type=Warning --sort-by=.lastTimestamp | tail -n 10 || true
  tail -n 10 "$dir/virtual-node.log"
  spark_kubectl delete deployments,pods --all --wait=false >/dev/null || true
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
  submit_inside --name "$1" --namespace "$spark_namespace" "${small_spark[@]}" "${@:2}"
}

# naps NAME [--conf KEY=VALUE..] TASKS SECONDS [IDLE]: tasks that sleep. Ended executors stay, so that they can be looked at.
naps() {
  local flags=()
  while [[ $2 == --* ]]; do
    flags+=("$2" "$3")
    set -- "$1" "${@:4}"
  done
  application "$1" --conf spark.kubernetes.executor.deleteOnTermination=false "${flags[@]}" --send "$spark_tests/naps.py" "${@:2}"
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
  spark_kubectl delete pod "$1-submit" --ignore-not-found >/dev/null
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

run_tests() {
  local begin=$SECONDS name
  start_everything
  load_image_on_worker
  # So that nobody tells of those that are killed.
  disown -a
  echo "started in $((SECONDS - begin)) s"
  for name in "${chosen[@]}"; do check "${says_of[$name]}" "$name"; done
  check "no pod has had two groups, and none is left without a pod" nothing_is_left
  if [[ -e $dir/figures ]]; then cat "$dir/figures"; fi
  echo "$((SECONDS - begin)) s"
  end_tests
}
