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

all_tests=(history hdfs bucket s3)
declare -A says_of=(
  [history]="Spark's history server shows an application from its event log, also after its liveness probe restarted it"
  [hdfs]="40 MB of words in HDFS are counted right, and the event log is written there"
  [bucket]="40 MB of words in a mounted bucket are counted right"
  [s3]="40 MB of words on an S3 server are counted right"
)

# shellcheck source-path=SCRIPTDIR source=../lib/spark.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/spark.sh"
# shellcheck source-path=SCRIPTDIR source=../../tools/lib/build/cache.sh
source "$tools_dir/lib/build/cache.sh"
# Besides those of Spark's other tests.
registry_images+=(hdfs spark-s3)

before_namespace() {
  "$tools_dir/images" build "${registry_images[@]}" registry >/dev/null
  fill_once "$(s3_server_dir)" "the S3 server" fill_s3_server
}

s3_server_dir() { echo "$cache_dir/s3-server/$(sha256sum <"$spark_tests/s3_server/requirements.txt" | cut -c1-16)"; }

fill_s3_server() {
  step "making a Python environment for pip" python3 -m venv "$1/venv"
  step "installing an S3 server" "$1/venv/bin/pip" install --no-deps --require-hashes --only-binary=:all: \
    --target "$1/python" --requirement "$spark_tests/s3_server/requirements.txt"
  rm -r "$1/venv"
}

choose_tests "$@"
trap 'end_s3_server || true; end_test' EXIT

nfs_share() { echo "$dir/runtime/shares/nfs/nas.test/$1"; }

# make_share FOLDER: what a file server or a bucket holds; pods write there as whoever they are.
make_share() {
  mkdir -p "$1"
  chmod 777 "$1"
}

# The text that is counted, made once, and what its words come to.
text=$dir/text
make_text() {
  [[ ! -d $text ]] || return 0
  mkdir "$text"
  python3 "$spark_tests/text.py" "$text" 40
  direct_count "$text" >"$dir/expected"
}
counts_words() {
  ends_with "$1" "$(<"$dir/expected")"
  clear_away "$1"
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

# hdfs_client SCRIPT: what it prints in a pod with a client of HDFS, which has the text at /volume.
hdfs_client() {
  spark_kubectl apply --filename=- >/dev/null <<EOT
apiVersion: v1
kind: Pod
metadata: {name: hdfs-client}
spec:
  nodeSelector: {type: virtual-kubelet}
  tolerations: [{key: virtual-kubelet.io/provider, operator: Exists}]
  restartPolicy: Never
  containers:
  - name: client
    image: vk.test/hdfs:3.3.4
    command: [sh, -ec, "$1"]
    volumeMounts: [{name: volume, mountPath: /volume}]
  volumes: [{name: volume, nfs: {server: nas.test, path: /words}}]
EOT
  within "$job_seconds" pod_ended hdfs-client
  spark_kubectl logs hdfs-client
  spark_kubectl delete pod hdfs-client >/dev/null
}
# pod_ended POD: well; else the test fails at once.
pod_ended() {
  local phase
  phase=$(phase_of "$1") || return
  [[ $phase != Failed ]] || fail "$1 failed: $(spark_kubectl logs "$1" | tail -n 20)"
  [[ $phase == Succeeded ]]
}

hdfs() {
  local url=hdfs://hdfs.spark.svc:8020 sizes logs
  make_text
  make_share "$(nfs_share words)"
  ln "$text"/* "$(nfs_share words)"
  apply_manifest hdfs
  sizes=$(hdfs_client "hdfs dfs -mkdir $url/logs; hdfs dfs -put /volume $url/text; hdfs dfs -stat %b $url/text/part-*.txt")
  echo "bytes of its files: $sizes"
  [[ $sizes == "$(stat --format=%s "$text"/*)" ]]
  application in-hdfs --conf spark.eventLog.enabled=true --conf "spark.eventLog.dir=$url/logs" \
    --conf spark.hadoop.dfs.replication=1 /opt/spark/examples/word_count.py "$url/text"
  counts_words in-hdfs
  # One whole log, with the driver's end in it.
  hdfs_client "hdfs dfs -ls -C $url/logs; hdfs dfs -cat $url/logs/*" >"$dir/hdfs.log"
  logs=$(sed -n 1p "$dir/hdfs.log")
  [[ $logs =~ /logs/spark-[0-9a-f]+$ ]] || fail "no whole event log: $logs"
  grep --quiet SparkListenerApplicationEnd "$dir/hdfs.log"
  delete_manifest hdfs
}

bucket() {
  local share=$dir/runtime/shares/oss/texts
  make_text
  make_share "$share"
  ln "$text"/* "$share"
  application in-bucket \
    --volume '{"flexVolume": {"driver": "alicloud/oss", "options": {"bucket": "texts", "url": "oss.test", "path": "/"}}}' \
    /opt/spark/examples/word_count.py /volume
  counts_words in-bucket
}

# Where pods reach this machine; in this network namespace all ports are ours.
s3_url=http://192.0.2.2:9000

start_s3_server() {
  PYTHONPATH=$(s3_server_dir)/python python3 -m moto.server --host 192.0.2.2 --port 9000 >"$dir/s3.log" 2>&1 </dev/null &
  echo $! >"$dir/s3.pid"
  within 60 fetch "$s3_url" --output /dev/null
}
end_s3_server() { if [[ -e $dir/s3.pid ]]; then kill "$(<"$dir/s3.pid")" && rm "$dir/s3.pid"; fi; }

s3() {
  local file
  make_text
  start_s3_server
  fetch --request PUT "$s3_url/texts" --output /dev/null
  for file in "$text"/*; do fetch --upload-file "$file" "$s3_url/texts/words/"; done
  spark_kubectl create secret generic s3 --from-literal=id=someone --from-literal=key=secret
  application on-s3 --image vk.test/spark-s3:3.5.9 \
    --conf spark.kubernetes.driver.secretKeyRef.AWS_ACCESS_KEY_ID=s3:id \
    --conf spark.kubernetes.driver.secretKeyRef.AWS_SECRET_ACCESS_KEY=s3:key \
    --conf spark.kubernetes.executor.secretKeyRef.AWS_ACCESS_KEY_ID=s3:id \
    --conf spark.kubernetes.executor.secretKeyRef.AWS_SECRET_ACCESS_KEY=s3:key \
    --conf "spark.hadoop.fs.s3a.endpoint=$s3_url" --conf spark.hadoop.fs.s3a.path.style.access=true \
    /opt/spark/examples/word_count.py s3a://texts/words
  counts_words on-s3
  spark_kubectl delete secret s3
  end_s3_server
}

run_tests
