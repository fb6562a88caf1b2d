#!/usr/bin/env bash
# How fast real Spark is on the virtual node: `test/bench/spark.sh --help` tells.
set -euo pipefail

usage() {
  cat <<'EOH'
test/bench/spark.sh [MEASUREMENT..]: figures of real Spark with real containers, from submission to the driver's end. All, or those
named:

EOH
  for name in "${all_tests[@]}"; do printf '  %-16s %s\n' "$name" "${says_of[$name]}"; done
  cat <<'EOH'

Each fails when its bound is missed. RUNS of the first are made by turns (3). Programs from VK_BIN; needs root.
EOH
}

all_tests=(pi_by_turns many_tasks)
declare -A says_of=(
  [pi_by_turns]="pi with 2 executors, all on the virtual node, and all on the kubelet's: at most 1.25 times as long"
  [many_tasks]="100 tasks that wait 10 s each, on 10 executors: at most 200 s, where 2 executors need 500 s"
)

# shellcheck source-path=SCRIPTDIR source=../lib/spark.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/spark.sh"
choose_tests "$@"

# What the kubelet must do without, too: images are on both nodes.
warm_up() {
  cloud_call CreateImageCache ImageCacheName=spark "Image.1=$spark_image" >/dev/null
  within 180 image_cache_ready spark
}

# seconds_of NAME FLAG..: from the submission of that application to its driver's end.
seconds_of() {
  local begin=${EPOCHREALTIME/./}
  application "$1" --conf spark.kubernetes.driver.request.cores=0.5 "${@:2}"
  within 300 ended "$1" >&2
  echo $(((${EPOCHREALTIME/./} - begin) / 100000))e-1
}

median() { printf '%s\n' "$@" | jq --slurp 'sort | .[length / 2 | floor]'; }

pi_by_turns() {
  local run ours=() theirs=()
  warm_up
  for ((run = 0; run < ${RUNS:-3}; run++)); do
    theirs+=("$(seconds_of "pi-kubelet-$run" --driver ordinary --executors-on ordinary /opt/spark/examples/pi.py 8)")
    clear_away "pi-kubelet-$run"
    ours+=("$(seconds_of "pi-virtual-$run" /opt/spark/examples/pi.py 8)")
    clear_away "pi-virtual-$run"
  done
  jq --null-input --argjson ours "$(median "${ours[@]}")" --argjson theirs "$(median "${theirs[@]}")" --raw-output '
    "virtual node \($ours) s, kubelet \($theirs) s: \($ours / $theirs * 100 | round / 100) times as long"' | tee -a "$dir/figures"
  echo "runs: ${ours[*]}; ${theirs[*]}" >>"$dir/figures"
  jq --null-input --exit-status --argjson ours "$(median "${ours[@]}")" --argjson theirs "$(median "${theirs[@]}")" '$ours <= 1.25 * $theirs'
}

many_tasks() {
  local begin=$SECONDS
  [[ -n $(cloud_call DescribeImageCaches ImageCacheName=spark | jq '.ImageCaches[]') ]] || warm_up
  naps many --executors 10 100 10
  job_seconds=400 ends_with many "$(sum_of 100)"
  echo "100 tasks of 10 s on 10 executors: $((SECONDS - begin)) s" | tee -a "$dir/figures"
  clear_away many
  ((SECONDS - begin <= 200))
}

run_tests
