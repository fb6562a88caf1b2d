#!/usr/bin/env bash
# tools/images as its users see it: images built twice, a registry, and a containerd of its own that pulls and runs them. Needs
# tools/setup and root. The Spark image is tested when it has been built; building it takes minutes.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/check.sh"

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
images=$root/tools/images
# A short path: sockets lie in it.
work=$(mktemp -d /tmp/vk-images.XXXXXX)
user=someone:secret

clean_up() {
  local file name
  if [[ -S $work/sock ]]; then end_containers || true; fi
  for file in "$work"/*.pid; do
    [[ -e $file ]] || continue
    name=$(basename "$file" .pid)
    ended "$name" || kill "$(<"$file")" || true
    settles ended "$name" || kill -KILL "$(<"$file")" || true
  done
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

end_containers() {
  local task
  for task in $(ctr_ tasks list --quiet); do ctr_ tasks delete --force "$task" >/dev/null 2>&1 || true; done
}

# start NAME COMMAND..: in the background; its output goes to NAME.out and NAME.log, its id to NAME.pid.
start() {
  # Else what an earlier one of the name has said is read.
  rm -f "$work/$1".{out,log}
  "${@:2}" >"$work/$1.out" 2>"$work/$1.log" </dev/null &
  echo $! >"$work/$1.pid"
}

ended() { [[ ! -e /proc/$(<"$work/$1.pid")/exe ]]; }

# start_registry NAME FLAG..: waits until it listens; url_of tells where.
start_registry() {
  start "$1" "$images" registry --dir "$work/$1" "${@:2}"
  until grep --quiet --no-messages listening "$work/$1.out"; do
    if ended "$1"; then
      cat "$work/$1.log" >&2
      exit 1
    fi
    sleep 0.1
  done
}

url_of() { sed -n '1s/^listening registry=//p' "$work/$1.out"; }

# With restrict_oom_score_adj, which a root without CAP_SYS_RESOURCE needs.
start_containerd() {
  cat >"$work/containerd.toml" <<EOF
version = 2
root = "$work/root"
state = "$work/state"
[grpc]
  address = "$work/sock"
[ttrpc]
  address = "$work/sock.ttrpc"
[plugins."io.containerd.internal.v1.opt"]
  path = "$work/opt"
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "$work/certs.d"
EOF
  start containerd containerd --config "$work/containerd.toml"
  settles ctr_ version >/dev/null 2>&1
}

ctr_() { ctr --address "$work/sock" --namespace k8s.io "$@"; }

# lead_to REGISTRY: every host's images come from it.
lead_to() {
  mkdir -p "$work/certs.d/_default"
  printf 'server = "%s"\n[host."%s"]\n  capabilities = ["pull", "resolve"]\n' "$(url_of "$1")" "$(url_of "$1")" \
    >"$work/certs.d/_default/hosts.toml"
}

pull() { ctr_ images pull --hosts-dir "$work/certs.d" "$@"; }

# run NAME IMAGE FLAG.. [-- ARGUMENT..]: a container in a cgroup at the top, so that no parent of it is left behind.
run() {
  local name=$1 image=vk.test/$2 flags=()
  shift 2
  while (($#)) && [[ $1 != -- ]]; do
    flags+=("$1")
    shift
  done
  ctr_ run --runc-root "$work/runc" --cgroup "/${work##*/}-$name" "${flags[@]}" "$image" "$name" "${@:2}"
}

# run_spark NAME NAME=VALUE.. -- ARGUMENT..: on the machine's own network, since there is no other here. Unlike CRI, ctr takes
# arguments for the whole command.
run_spark() {
  local name=$1 flags=(--env SPARK_LOCAL_HOSTNAME=127.0.0.1)
  shift
  while [[ $1 != -- ]]; do
    flags+=(--env "$1")
    shift
  done
  run "$name" spark:3.5.9 --rm --net-host --mount "type=bind,src=$work/shared,dst=/shared,options=rbind:rw" "${flags[@]}" -- \
    /opt/entrypoint.sh "${@:2}"
}

# digest_of NAME: as tools/images list tells it.
digest_of() { "$images" list | sed -n "s|^vk.test/$1:[^ ]* *\(sha256:[^ ]*\) .*|\1|p"; }

in_cache() { XDG_CACHE_HOME=$work/cache-$1 "$images" "${@:2}"; }

# Besides the digest, the folder's name is the same in every cache.
two_caches_get_the_same() {
  in_cache 1 build pause busybox >"$work/first"
  touch "$work"
  (umask 077 && in_cache 2 build pause busybox >"$work/second")
  [[ $(wc -l <"$work/first") == 2 ]]
  diff "$work/first" <(sed "s|$work/cache-2|$work/cache-1|" "$work/second")
}

second_build_does_nothing() {
  local output
  output=$(in_cache 1 build pause busybox 2>&1)
  fails grep --quiet building <<<"$output"
}

# Whichever comes second says that it waits or finds everything there; nothing is built twice.
two_builds_at_once() {
  local other
  in_cache 3 build busybox >"$work/one" 2>&1 &
  other=$!
  in_cache 3 build busybox >"$work/two" 2>&1
  wait $other
  [[ $(cat "$work/one" "$work/two" | grep --count building) == 1 ]]
  [[ $(tail -n 1 "$work/one") == "$(tail -n 1 "$work/two")" ]]
}

# A build that is told to end leaves nothing but the lock, and the next one succeeds.
interrupted_build_leaves_nothing() {
  local build
  mkdir "$work"/{slow,temporary}
  cat >"$work/slow/clang-19" <<'EOF'
#!/bin/sh
case $* in
  *-version* | *-print-file-name*) exec /usr/bin/clang-19 "$@" ;;
  *) sleep 60 ;;
esac
EOF
  chmod +x "$work/slow/clang-19"
  PATH=$work/slow:$PATH TMPDIR=$work/temporary XDG_CACHE_HOME=$work/cache-4 "$images" build pause >"$work/slow.log" 2>&1 &
  build=$!
  settles grep --quiet compiling "$work/slow.log"
  kill $build
  fails wait $build
  [[ -z $(find "$work/temporary" "$work/cache-4/virtual-node/images/pause" -mindepth 1 ! -name lock) ]]
  in_cache 4 build pause
}

unknown_image_is_a_usage_error() {
  local status=0
  "$images" build nothing || status=$?
  ((status == 2))
}

push_sends_each_blob_once() {
  "$images" push --registry "$(url_of open)" pause busybox
  [[ $("$images" push --registry "$(url_of open)" busybox) == *"(0.0 MB sent)" ]]
}

busybox_runs() {
  [[ $(ctr_ images list "name==vk.test/busybox:1") == *"$(digest_of busybox)"* ]]
  # shellcheck disable=SC2016 # for the container's shell
  [[ $(run "$1" busybox:1 --rm -- sh -c 'whoami; stat -c %a /tmp; echo $((6 * 7)) | cat') == $'root\n1777\n42' ]]
}

# Nobody else waits for the children of processes that have ended.
pause_reaps_and_ends() {
  local pid
  pull vk.test/pause:1
  run pause pause:1 --detach --mount "type=bind,src=$(command -v busybox),dst=/busybox,options=rbind:ro"
  ctr_ tasks exec --exec-id child pause /busybox sh -c '/busybox sleep 0.3 & /busybox sleep 0.1'
  pid=$(ctr_ tasks list | awk '$1 == "pause" {print $2}')
  settles childless "$pid"
  [[ $(grep --count . "/proc/$pid/task/$pid/children") == 0 ]]
  ctr_ tasks kill --signal SIGTERM pause
  settles stopped pause
  ctr_ tasks delete pause
  ctr_ containers delete pause
}

stopped() { [[ $(ctr_ tasks list | awk -v name="$1" '$1 == name {print $3}') == STOPPED ]]; }

childless() { [[ -z $(<"/proc/$1/task/$1/children") ]]; }

# What was pulled without credentials must not stand in for what is refused.
forget_images() { ctr_ images remove --sync vk.test/busybox:1 vk.test/pause:1; }

credentials_are_asked_for() {
  local output
  output=$("$images" push --registry "$(url_of closed)" busybox 2>&1) && return 1
  [[ $output == *"say --user NAME:PASSWORD"* ]]
  fails "$images" push --registry "$(url_of closed)" --user someone:wrong busybox
  "$images" push --registry "$(url_of closed)" --user "$user" busybox
  forget_images
  output=$(pull vk.test/busybox:1 2>&1) && return 1
  [[ $output == *"no basic auth credentials"* || $output == *"401 Unauthorized"* || $output == *"authorization failed"* ]]
  fails pull --user someone:wrong vk.test/busybox:1
  pull --user "$user" vk.test/busybox:1
}

registry_ends_on_sigterm() {
  local port
  port=$(url_of open)
  port=${port##*:}
  kill -TERM "$(<"$work/open.pid")"
  settles ended open
  [[ -z $(ss -Hltn "sport = :$port") ]]
}

restarted_registry_has_its_images() {
  start_registry open
  "$images" push --registry "$(url_of open)" pause | grep --quiet '(0.0 MB sent)'
}

spark_is_pulled() {
  "$images" push --registry "$(url_of open)" spark
  lead_to open
  pull vk.test/spark:3.5.9
}

# The driver's and the executor's ends of the entrypoint, without Kubernetes: a standalone master that has no workers keeps the
# driver waiting until an executor dials it, as a pod's does.
driver_and_executor_count_words() {
  local master driver home name options=()
  # As Spark gives them to its executors: without them Java 17 refuses it its inner classes.
  for name in java.{lang,lang.invoke,lang.reflect,io,net,nio,util,util.concurrent} sun.nio.ch; do
    options+=("SPARK_JAVA_OPT_${#options[@]}=--add-opens=java.base/$name=ALL-UNNAMED")
  done
  home=$("$images" path spark)/spark-home
  read -r master driver < <(python3 -c 'import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(port.getsockname()[1] for port in held))')
  cat >"$work/shared/spark.properties" <<EOF
spark.master=spark://127.0.0.1:$master
spark.driver.host=127.0.0.1
spark.driver.port=$driver
spark.driver.memory=512m
spark.ui.enabled=false
EOF
  start master run_spark master -- /opt/spark/bin/spark-class org.apache.spark.deploy.master.Master --host 127.0.0.1 \
    --port "$master" --webui-port 0
  settles listens "$master"
  start driver run_spark driver SPARK_DRIVER_BIND_ADDRESS=127.0.0.1 -- driver --properties-file /shared/spark.properties \
    /opt/spark/examples/word_count.py /opt/spark/licenses /shared/counts
  settles listens "$driver"
  start executor run_spark executor "SPARK_DRIVER_URL=spark://CoarseGrainedScheduler@127.0.0.1:$driver" SPARK_EXECUTOR_ID=1 \
    SPARK_EXECUTOR_CORES=1 SPARK_EXECUTOR_MEMORY=512m SPARK_APPLICATION_ID=app SPARK_EXECUTOR_POD_IP=127.0.0.1 \
    SPARK_EXECUTOR_POD_NAME=executor SPARK_RESOURCE_PROFILE_ID=0 "${options[@]}" -- executor
  settles test -e "$work/shared/counts/counts.txt" || { tail -n 20 "$work"/{driver,executor}.{out,log} && return 1; }
  settles ended driver
  grep --quiet '^[0-9]* words, ' "$work/driver.out"
  diff <(direct_count "$home/licenses") <(LC_ALL=C sort "$work/shared/counts/counts.txt")
  grep --quiet 'KubernetesExecutorBackend' "$work/executor.log"
}

listens() { [[ -n $(ss -Hltn "sport = :$1") ]]; }

# direct_count FOLDER: awk ends each file's last line, which cat does not.
direct_count() {
  awk 1 "$1"/* | tr '[:upper:]' '[:lower:]' | grep --only-matching --extended-regexp '[a-z0-9]+' | LC_ALL=C sort | uniq --count |
    awk '{print $2 "\t" $1}' | LC_ALL=C sort
}

# With a Java that prints what it is called with.
executor_is_called_as_spark_would() {
  mkdir -p "$work/shared/java/bin"
  printf '#!/bin/bash\nprintf "%%s\\n" "$@"\n' >"$work/shared/java/bin/java"
  chmod +x "$work/shared/java/bin/java"
  run_spark called JAVA_HOME=/shared/java SPARK_CONF_DIR=/opt/spark/conf SPARK_JAVA_OPT_10=-Dten SPARK_JAVA_OPT_9='-Dnine=a b' \
    SPARK_DRIVER_URL=spark://driver SPARK_EXECUTOR_ID=7 SPARK_EXECUTOR_CORES=2 SPARK_EXECUTOR_MEMORY=1g SPARK_APPLICATION_ID=app \
    SPARK_EXECUTOR_POD_IP=10.0.0.1 SPARK_EXECUTOR_POD_NAME=pod SPARK_RESOURCE_PROFILE_ID=0 -- executor >"$work/called"
  diff - "$work/called" <<'EOF'
-Dnine=a b
-Dten
-Xms1g
-Xmx1g
-cp
/opt/spark/conf:/opt/spark/jars/*:/opt/spark/work-dir
org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend
--driver-url
spark://driver
--executor-id
7
--cores
2
--app-id
app
--hostname
10.0.0.1
--resourceProfileId
0
--podName
pod
EOF
}

executor_without_address_is_told() {
  local output
  output=$(run_spark told SPARK_DRIVER_URL=spark://driver -- executor 2>&1) && return 1
  [[ $output == *"SPARK_EXECUTOR_ID is not set"* ]]
}

other_commands_run_as_user_spark() {
  [[ $(run_spark other -- sh -c 'id -un; touch here && echo written') == $'spark\nwritten' ]]
}

# Any Java process that does not heed SIGPWR ends by it: 128 + 30.
decommissioning_waits_for_java() {
  # shellcheck disable=SC2016 # for the container's shell
  [[ $(run_spark decom -- bash -c '/opt/spark/bin/spark-class org.apache.spark.deploy.master.Master --host 127.0.0.1 --port 0 \
    --webui-port 0 2>/tmp/log & until grep -q Successfully /tmp/log; do sleep 0.1; done; /opt/decom.sh
    wait $! || echo $?') == 158 ]]
}

spark_submit_runs_on_the_host() {
  local home
  home=$("$images" path spark)/spark-home
  SPARK_HOME=$home PYSPARK_PYTHON=/usr/bin/python3 SPARK_LOCAL_IP=127.0.0.1 "$home/bin/spark-submit" --master 'local[2]' \
    --conf spark.ui.enabled=false "$home/examples/pi.py" 4 | grep '^Pi is roughly 3\.1'
}

"$images" build pause busybox >"$work/build.log" 2>&1 || { cat "$work/build.log" && exit 1; }
check "two caches get the same images, whatever the umask" two_caches_get_the_same
check "a second build does nothing" second_build_does_nothing
check "of two builds at once one builds" two_builds_at_once
check "an interrupted build leaves nothing behind" interrupted_build_leaves_nothing
check "an image that is not defined is a usage error" unknown_image_is_a_usage_error

start_registry open
start_registry closed --user "$user"
start_containerd
lead_to open
check "a push sends each blob once" push_sends_each_blob_once
check "busybox is pulled without credentials" pull vk.test/busybox:1
check "it runs" busybox_runs one
check "pause takes in orphans and ends on SIGTERM" pause_reaps_and_ends
lead_to closed
check "with --user the registry wants credentials, to push and to pull" credentials_are_asked_for
check "busybox that was pulled with credentials runs" busybox_runs two
check "the registry ends on SIGTERM and frees its port" registry_ends_on_sigterm
check "a restarted registry has its images" restarted_registry_has_its_images

if "$images" path spark >/dev/null 2>&1; then
  mkdir -m 777 "$work/shared"
  check "the Spark image is pushed and pulled" spark_is_pulled
  check "the executor is called as Spark's own image would" executor_is_called_as_spark_would
  check "an executor that is not told all it needs says so" executor_without_address_is_told
  check "other commands run as they stand, as user spark" other_commands_run_as_user_spark
  check "driver and executor count words as a direct count does" driver_and_executor_count_words
  check "decommissioning tells Java and waits for its end" decommissioning_waits_for_java
  # tools/setup brings no Java.
  if command -v java >/dev/null; then check "spark-submit runs on this machine" spark_submit_runs_on_the_host; fi
else
  echo "the Spark image is not tested: tools/images build spark has not been run"
fi

end_tests
