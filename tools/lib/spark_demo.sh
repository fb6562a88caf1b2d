# shellcheck shell=bash
# Sourced by tools/demo: a real Spark application, its pods real containers of the fake cloud. Needs demo.sh
# and free_network.sh.
# shellcheck disable=SC2154 # variables of tools/demo and demo.sh

spark_namespace=spark
spark_driver=word-count-driver
# Of the text that is counted, in the image.
spark_text=/opt/spark/licenses
# What the registry gets, and further flags of fake-eci; who sources this may change them.
registry_images=(pause spark) container_cloud_flags=()

check_can_run_containers() {
  ((EUID == 0)) ||
    fail "--runtime containerd needs root: containers, their network, control groups; without root: tools/demo --runtime simulated"
}

build_images() {
  heading "building the images (the first time takes minutes)"
  "$tools_dir/images" build pause spark
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

submit_word_count() {
  local driver=virtual
  if [[ $layout == c ]]; then driver=ordinary; fi
  "$tools_dir/spark/submit" --name word-count --namespace "$spark_namespace" --driver "$driver" --executors "$executors" \
    --conf spark.driver.memory=512m --conf spark.executor.memory=512m --conf spark.kubernetes.executor.request.cores=0.5 \
    /opt/spark/examples/word_count.py "$spark_text" | admin apply --filename=- >/dev/null
}

# follow_word_count: a line whenever a pod comes, goes or changes, until the driver has ended.
follow_word_count() {
  local before='' now line begin=$SECONDS deadline=$((SECONDS + 600)) phase=''
  until [[ $phase == Succeeded || $phase == Failed ]]; do
    ((SECONDS < deadline)) || fail "the driver did not end within 600 s; its log is shown by: kubectl logs $spark_driver"
    [[ $(phase_of word-count-submit) != Failed ]] || fail "spark-submit failed: $(spark_kubectl logs word-count-submit | tail -n 5)"
    now=$(spark_kubectl get pods --output=jsonpath='{range .items[*]}{.metadata.name} {.status.phase} {.spec.nodeName} {.status.podIP}{"\n"}{end}')
    while read -r line; do
      [[ -z $line || $'\n'$before$'\n' == *$'\n'$line$'\n'* ]] || say_pod $((SECONDS - begin)) "$line"
    done <<<"$now"
    before=$now
    phase=$(phase_of "$spark_driver")
    sleep 0.5
  done
  spark_seconds=$((SECONDS - begin))
}

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
      {name, seconds: (if $at.Running then (($at.Running - $at.Scheduling) / 10000 | round / 100) else null end)})'
}

report_word_count() {
  local counted expected times
  counted=$(spark_kubectl logs "$spark_driver" | grep --extended-regexp '^[0-9]+ words, [0-9]+ different$' || true)
  expected=$(direct_count "$("$tools_dir/images" path spark)/spark-home/licenses")
  heading "what the driver printed (kubectl logs $spark_driver, without Spark's own lines)"
  spark_kubectl logs "$spark_driver" | grep --invert-match --extended-regexp '^[0-9/]+ [0-9:]+ (INFO|WARN)' |
    sed '/words, .* different$/q' | sed 's/^/  /'
  heading "pods (kubectl get pods)"
  spark_kubectl get pods --output=custom-columns=NAME:.metadata.name,STATUS:.status.phase,IP:.status.podIP,NODE:.spec.nodeName |
    sed 's/^/  /'
  heading "from the creation of each group to Running; the first one pulls and unpacks the image"
  times=$(group_times)
  jq --raw-output '.[] | "  \(.seconds // "-") s\t\(.name)"' <<<"$times"
  heading "result"
  echo "  Spark:  $counted, in $spark_seconds s from submission to the driver's end"
  echo "  direct: $expected"
  if [[ -n $report ]]; then
    jq --null-input --arg layout "$layout" --arg counted "$counted" --arg expected "$expected" --argjson executors "$executors" \
      --argjson seconds "$spark_seconds" --argjson groups "$times" '{schema: 1, runtime: "containerd", $layout, $executors,
      $counted, $expected, submitted_to_ended_s: $seconds, $groups}' >"$report"
  fi
  [[ $(phase_of "$spark_driver") == Succeeded && $counted == "$expected" ]] || fail "the word count is not right"
}

run_spark() {
  heading "starting a Kubernetes control plane and an ordinary node"
  start_cluster --worker
  heading "starting the registry, the fake cloud and the virtual node"
  start_registry
  start_container_cloud
  start_agent
  if [[ $layout == c ]]; then load_image_on_worker; fi
  part=''
  if [[ $layout == c ]]; then heading "Spark counts words: driver on the ordinary node, $executors executors on the virtual node"; else
    heading "Spark counts words: driver and $executors executors on the virtual node"
  fi
  submit_word_count
  follow_word_count
  report_word_count
}
