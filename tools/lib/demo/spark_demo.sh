# shellcheck shell=bash
# Sourced by tools/demo: a real Spark application, its pods real containers of the fake cloud. Needs demo.sh
# and free_network.sh.
# shellcheck disable=SC2154 # variables of tools/demo and demo.sh

spark_namespace=spark
spark_driver=word-count-driver
# The id of spark-submit's process when it runs on this machine.
submission=''
spark_image=vk.test/spark:3.5.9
# Seconds of a pod whose image is pulled, and of one whose image is in a cache.
without_cache='' with_cache=''
# Of the text that is counted, in the image.
spark_text=/opt/spark/licenses
# What the registry gets, and further flags of fake-eci; who sources this may change them.
registry_images=(pause spark) container_cloud_flags=()

check_can_run_containers() {
  ((EUID == 0)) ||
    fail "real containers, their network and control groups need root, and you are $(id -un): sudo tools/demo;" \
      "without root, with pretended containers: tools/demo --runtime simulated"
}

# An executor's container has 896 MiB.
check_memory() {
  local free fit
  free=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo)
  fit=$((free / 1024 / 896 - 2))
  ((executors <= fit)) || usage_error "--executors $executors: this machine has memory for $((fit > 0 ? fit : 0)) real ones;" \
    "hundreds of pretended ones: --runtime simulated"
}

declare -A says_of_layout=(
  [a]="layout a: spark-submit on this machine, the driver on the virtual node"
  [b]="layout b: the driver on the virtual node, names by PrivateZone"
  [c]="layout c: the driver on an ordinary node"
  [d]="layout d: an object of the Spark operator, the driver on the virtual node"
)

build_images() {
  heading "building the images (the first time takes minutes)"
  "$tools_dir/images" build pause spark registry
}

# Its folder outlives the demonstration, so that the next one has nothing to push.
start_registry() {
  local store=$cache_dir/registry-store
  mkdir -p "$store"
  start registry "$tools_dir/images" registry --dir "$store"
  registry=$(listening registry registry)
  "$tools_dir/images" push --registry "$registry" "${registry_images[@]}" | sed 's/^/  /'
}

start_container_cloud() {
  start fake-eci "$bin/fake-eci" --listen 127.0.0.1:0 --control-listen 127.0.0.1:0 --runtime containerd \
    --runtime-dir "$dir/runtime" --network "$(free_network)" --registry "$registry" "${container_cloud_flags[@]}"
  openapi=$(listening fake-eci openapi)
  control=$(listening fake-eci control)
  echo "  fake cloud with real containers at $openapi"
}

# The ordinary node has no registry to pull from.
load_image_on_worker() {
  local archive=$dir/spark.tar
  tar --create --file="$archive" --directory="$("$tools_dir/images" path spark)/oci" .
  "$tools_dir/cluster" load "$archive" --dir "$dir/cluster"
  rm "$archive"
}

spark_kubectl() { admin --namespace="$spark_namespace" "$@"; }

phase_of() { spark_kubectl get pod "$1" --ignore-not-found --output=jsonpath='{.status.phase}'; }

cloud_call() {
  ECI_REGION=cn-hangzhou ECI_ACCESS_KEY=test-key ECI_SECRET_KEY=test-secret ECI_ENDPOINT=$openapi "$bin/ecictl" eci "$@"
}

# group_of POD: what group_times says of its group.
group_of() { group_times | jq --arg name "$1" '[.[] | select(.name | startswith("default-" + $name + "-"))][0] // empty'; }

# start_up_of POD: runs it on the virtual node, prints how long its group took to Running, and removes it and its group.
start_up_of() {
  local seconds
  admin apply --filename=- >/dev/null <<EOT
apiVersion: v1
kind: Pod
metadata: {name: $1, annotations: {k8s.aliyun.com/eci-image-cache: "true"}}
spec:
  restartPolicy: Never
  nodeSelector: {type: virtual-kubelet}
  tolerations: [{key: virtual-kubelet.io/provider, operator: Exists}]
  containers: [{name: main, image: "$spark_image", command: ["true"]}]
EOT
  admin wait --for=jsonpath='{.status.phase}'=Succeeded --timeout=120s "pod/$1" >/dev/null
  seconds=$(group_of "$1" | jq .seconds)
  admin delete pod "$1" >/dev/null
  echo "$seconds"
}

# image_cache_ready NAME: fails the demonstration when it never will be.
image_cache_ready() {
  local status
  status=$(cloud_call DescribeImageCaches "ImageCacheName=$1" | jq --raw-output '.ImageCaches[0].Status')
  [[ $status != *Failed ]] || fail "the image cache $1 is $status"
  [[ $status == Ready ]]
}

# measure_cache: the cache stays, and the application's pods hit it.
measure_cache() {
  local deadline=$((SECONDS + 180))
  without_cache=$(start_up_of image-pulled)
  echo "  pulled and unpacked: $without_cache s from the group's creation to Running"
  cloud_call CreateImageCache ImageCacheName=spark "Image.1=$spark_image" >/dev/null
  until image_cache_ready spark; do
    ((SECONDS < deadline)) || fail "the image cache was not ready within 180 s"
    sleep 0.2
  done
  with_cache=$(start_up_of image-cached)
  echo "  from a cache:        $with_cache s"
}

# So small that several fit on two cores.
small_spark=(
  --conf spark.driver.memory=512m --conf spark.executor.memory=512m --conf spark.kubernetes.executor.request.cores=0.5
)

# submit_word_count: by the way of the layout. In layout a, spark-submit goes on until the driver has ended.
submit_word_count() {
  local flags=(--name word-count --namespace "$spark_namespace" --executors "$executors" "${small_spark[@]}"
    --annotation k8s.aliyun.com/eci-image-cache=true)
  case $layout in
    a)
      submit_here "${flags[@]}" /opt/spark/examples/word_count.py "$spark_text" >"$dir/spark-submit.log" 2>&1 &
      submission=$!
      ;;
    b) submit_inside "${flags[@]}" /opt/spark/examples/word_count.py "$spark_text" ;;
    c) submit_inside --driver ordinary "${flags[@]}" /opt/spark/examples/word_count.py "$spark_text" ;;
    d)
      sed "s/^\( *name: \)operator-word-count/\1word-count/; s/^\( *instances: \).*/\1$executors/" \
        "$tools_dir/spark/operator/word-count.yaml" | "$tools_dir/spark/translate" - | admin apply --filename=- >/dev/null
      ;;
  esac
}

submit_inside() { "$tools_dir/spark/submit" "$@" | admin apply --filename=- >/dev/null; }

# submit_here FLAG..: calls spark-submit on this machine, from the image, so that no Java is needed here: a container with the
# machine's network, of the ordinary node's containerd, but none of Kubernetes'. It runs as the image's user, who may not read what
# root keeps to itself; $dir stays closed to all others.
submit_here() {
  local socket shared=$dir/submit
  socket=$(sed -n 's/^containerRuntimeEndpoint: unix:..//p' "$dir/cluster/worker/kubelet.yaml")
  mkdir -p "$shared"
  cat >"$dir/spark-submit" <<EOT
#!/bin/sh
chmod -R a+rX $shared
exec ctr --address $socket --namespace k8s.io run --rm --net-host --mount type=bind,src=$shared,dst=$shared,options=rbind:ro \\
  $spark_image submit-\$\$ /opt/spark/bin/spark-submit "\$@"
EOT
  chmod +x "$dir/spark-submit"
  PATH=$dir/cluster/bin:$PATH KUBECONFIG=$dir/cluster/kubeconfig TMPDIR=$shared SPARK_SUBMIT=$dir/spark-submit \
    "$tools_dir/spark/submit" --here "$@"
}

# follow_word_count: a line whenever a pod comes, goes or changes, until the driver has ended.
follow_word_count() {
  local before='' now line begin=$SECONDS deadline=$((SECONDS + 600)) phase=''
  until [[ $phase == Succeeded || $phase == Failed ]]; do
    ((SECONDS < deadline)) || fail "the driver did not end within 600 s; its log is shown by: kubectl logs $spark_driver"
    submission_goes_on || fail "spark-submit failed: $(submission_log | tail -n 5)"
    now=$(spark_kubectl get pods \
      --output=jsonpath='{range .items[*]}{.metadata.name} {.status.phase} {.spec.nodeName} {.status.podIP}{"\n"}{end}')
    while read -r line; do
      [[ -z $line || $'\n'$before$'\n' == *$'\n'$line$'\n'* ]] || say_pod $((SECONDS - begin)) "$line"
    done <<<"$now"
    before=$now
    phase=$(phase_of "$spark_driver")
    sleep 0.5
  done
  spark_seconds=$((SECONDS - begin))
}

# Or has ended well.
submission_goes_on() {
  if [[ -z $submission ]]; then
    [[ $(phase_of word-count-submit) != Failed ]]
  else
    kill -0 "$submission" 2>/dev/null || wait "$submission"
  fi
}
submission_log() { if [[ -n $submission ]]; then cat "$dir/spark-submit.log"; else spark_kubectl logs word-count-submit; fi; }

# say_pod SECONDS "NAME PHASE NODE ADDRESS"
say_pod() {
  local name phase node address
  read -r name phase node address <<<"$2"
  printf '  %3d s  %-40s %-10s %-16s %s\n' "$1" "$name" "$phase" "$node" "$address"
}

# direct_count FOLDER: "N words, M different" of its files, without Spark.
direct_count() {
  python3 - "$1" <<'EOT'
import collections, pathlib, re, sys

counts = collections.Counter()
for file in pathlib.Path(sys.argv[1]).iterdir():
    counts.update(re.findall(r"[a-z0-9]+", file.read_text().lower()))
print(f"{counts.total()} words, {len(counts)} different")
EOT
}

# How long each group took, from the cloud's own record.
group_times() {
  "$bin/ecictl" fake groups --output json --control "$control" | jq '
    .groups | map(((.transitions | map({(.status): .at.monotonicUs}) | add)) as $at |
      {name, created_at_s: ($at.Scheduling / 1000000),
        seconds: (if $at.Running then (($at.Running - $at.Scheduling) / 10000 | round / 100) else null end)})'
}

# start_up_curve: from what group_times prints, a line for each executor that came to run.
start_up_curve() {
  jq --raw-output 'map(select((.name | test("-exec-[0-9]+")) and .seconds)) | (map(.created_at_s) | min) as $begin |
    map(.created_at_s + .seconds - $begin) | sort | to_entries[] |
    "\(.value * 100 | round / 100) \("#" * (.key + 1)) \(.key + 1)"' | while read -r at bar number; do
    printf '  %7.2f s  %s %s\n' "$at" "$bar" "$number"
  done
}

report_word_count() {
  local counted expected times
  counted=$(spark_kubectl logs "$spark_driver" | grep --extended-regexp '^[0-9]+ words, [0-9]+ different$' || true)
  expected=$(direct_count "$("$tools_dir/images" path spark)/spark-home/licenses")
  heading "what the driver printed (kubectl logs $spark_driver, without Spark's own lines)"
  spark_kubectl logs "$spark_driver" | grep --invert-match --extended-regexp '^[0-9/]+ [0-9:]+ (INFO|WARN)' |
    sed '1,/words, .* different$/!d; s/^/  /'
  heading "pods (kubectl get pods)"
  spark_kubectl get pods --output=custom-columns=NAME:.metadata.name,STATUS:.status.phase,IP:.status.podIP,NODE:.spec.nodeName |
    sed 's/^/  /'
  heading "from the creation of each group to Running"
  times=$(group_times | jq --arg start "$spark_namespace-" 'map(select(.name | startswith($start)))')
  jq --raw-output '.[] | "  \(.seconds // "-") s\t\(.name)"' <<<"$times"
  heading "executors running, in seconds after the first one's group was created"
  start_up_curve <<<"$times"
  heading "result"
  echo "  Spark:  $counted, in $spark_seconds s from submission to the driver's end"
  echo "  direct: $expected"
  echo "  a pod of this image starts in $with_cache s with an image cache, in $without_cache s without"
  if [[ -n $report ]]; then
    jq --null-input --arg layout "$layout" --arg counted "$counted" --arg expected "$expected" --argjson executors "$executors" \
      --argjson seconds "$spark_seconds" --argjson groups "$times" --argjson with "$with_cache" --argjson without "$without_cache" '
      {schema: 2, runtime: "containerd", $layout, $executors, $counted, $expected, submitted_to_ended_s: $seconds,
       start_s: {with_cache: $with, without_cache: $without}, groups: ($groups | map(del(.created_at_s)))}' >"$report"
  fi
  [[ $(phase_of "$spark_driver") == Succeeded && $counted == "$expected" ]] || fail "the word count is not right"
}

run_spark() {
  heading "starting a Kubernetes control plane and an ordinary node"
  start_cluster --worker
  heading "starting the registry, the fake cloud and the virtual node"
  start_registry
  start_container_cloud
  if [[ $layout == b ]]; then agent_names=(--private-zone all); fi
  start_agent
  if [[ $layout == [ac] ]]; then load_image_on_worker; fi
  part=''
  heading "one pod of the Spark image without and with an image cache"
  measure_cache
  heading "Spark counts words, ${says_of_layout[$layout]}; $executors executors on the virtual node"
  submit_word_count
  follow_word_count
  report_word_count
}
