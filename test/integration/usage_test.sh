#!/usr/bin/env bash
# The scripts in tools/ refuse what they do not understand: exit code 2, the wrong word, and where to read on.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/check.sh"
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

show_state() { cat "$work/out" "$work/err"; }

# refuses PATTERN TOOL ARGUMENT..: on standard error, with nothing on standard output that a script could take for an answer.
refuses() {
  local status=0
  VK_SKIP_SETUP=1 "$root/tools/$2" "${@:3}" >"$work/out" 2>"$work/err" || status=$?
  ((status == 2)) && grep --quiet --regexp="$1" "$work/err" && [[ ! -s $work/out ]]
}
helps() { "$root/tools/$1" --help >"$work/out" 2>"$work/err" && grep --quiet "tools/$1" "$work/out"; }
absent() { [[ ! -e $1 ]]; }

check "build: unknown flag" refuses "unknown flag --bogus; see tools/build --help" build --bogus
check "build: unknown preset" refuses "there is no preset nonsense; the presets are: dev release" build nonsense
check "build: nothing is left of an unknown preset" absent "$root/build/nonsense"
check "build: the presets' common base is no preset" refuses "there is no preset base" build base
check "setup: unknown argument" refuses "unknown argument x; see tools/setup --help" setup x
check "cluster env: folder without a cluster" refuses "there is no cluster in $work/nope" cluster env --dir "$work/nope"
check "check_architecture: unknown flag" refuses "unrecognized arguments: --bogus" check_architecture --bogus
check "check_architecture: folder that is no checkout" refuses "$work: no sources" check_architecture "$work"
check "check_architecture: second folder" refuses "unrecognized arguments: two" check_architecture "$root" two
check "demo: batches of real Spark" refuses "allocation wants --runtime simulated" demo --allocation spark-2.4
check "demo: unknown rule" refuses "wants all, spark-2.4 or spark-3, not spark-1" demo --runtime simulated --allocation spark-1
check "demo: batch of everything" refuses "batch wants --allocation spark-2.4 or spark-3" demo --runtime simulated --batch 10
check "demo: batch that is no number" refuses "batch wants a number" demo --runtime simulated --allocation spark-3 --batch 0
for tool in build setup cluster demo test check_architecture; do check "$tool: --help" helps "$tool"; done

end_tests
