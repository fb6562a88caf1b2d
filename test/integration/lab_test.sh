#!/usr/bin/env bash
# What the benchmarks start ends with them, also when one ends half-way. Needs what they need; programs from VK_BIN.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=../lib/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/lab.sh"

# ends_half_way SCRIPT ARGUMENT..: a benchmark whose measuring program fails leaves no process that names its folder.
ends_half_way() {
  local folder=$work/bench status=0 left
  WORK=$folder PODBENCH=false FLOOR=false "$root/test/bench/$1" "${@:2}" >"$work/log" 2>&1 || status=$?
  cat "$work/log"
  left=$(pgrep --full --list-name "$folder" || true)
  cut --delimiter=' ' --fields=1 <<<"$left" | xargs --no-run-if-empty kill -KILL
  rm -rf "$folder"
  ((status != 0))
  is "" "$left"
}

while_the_agent_is_measured() { ONLY=agent ends_half_way against_floor.sh 1; }

check "a benchmark that ends while the agent is measured leaves nothing" while_the_agent_is_measured
check "a benchmark that ends while the floor is measured leaves nothing" ends_half_way against_floor.sh 1

end_tests
