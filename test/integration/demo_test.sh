#!/usr/bin/env bash
# tools/demo ends soon, says why and leaves nothing behind when it is asked to end, or when one of its programs ends, in the middle.
# Programs from VK_BIN.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/check.sh"
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin=${VK_BIN:-$root/build/release/bin}
work=$(mktemp -d)
demo_pid='' exit_code=0

end_test() {
  if [[ -n $demo_pid ]]; then kill -TERM "$demo_pid" 2>/dev/null || true; fi
  # Whatever a demonstration of ours left: its programs all have its folder in their command lines or below their feet.
  left_over | xargs --no-run-if-empty kill -KILL || true
  rm -rf "$work"
}
trap end_test EXIT

# The demonstrations' folders are below $work, by TMPDIR.
left_over() {
  local process
  for process in /proc/[0-9]*; do
    if [[ $(readlink "$process/cwd") == "$work"/* ]] || grep --quiet --fixed-strings "$work" "$process/cmdline"; then
      echo "${process##*/}"
    fi 2>/dev/null
  done
}
folders() { find "$work" -maxdepth 1 -name 'virtual-node-demo.*'; }

# start_demo LINE: until it has printed LINE. With profile article the application takes half a minute at least.
start_demo() {
  local limit=$((SECONDS + 90))
  VK_SKIP_SETUP=1 TMPDIR=$work "$root/tools/demo" --bin "$bin" --runtime simulated --profile article --executors 20 >"$work/out" 2>&1 &
  demo_pid=$!
  until grep --quiet --regexp="$1" "$work/out"; do
    if ((SECONDS >= limit)) || [[ ! -e /proc/$demo_pid ]]; then
      echo "the demonstration did not come to: $1" >&2
      cat "$work/out" >&2
      exit 1
    fi
    sleep 0.1
  done
}

# ends_within SECONDS: sets exit_code.
ends_within() {
  local limit=$((SECONDS + $1))
  while kill -0 "$demo_pid" 2>/dev/null && ((SECONDS < limit)); do sleep 0.1; done
  if kill -0 "$demo_pid" 2>/dev/null; then
    exit_code=still-there
    return
  fi
  exit_code=0
  wait "$demo_pid" || exit_code=$?
  demo_pid=''
}

show_state() {
  echo "exit code of the demonstration: $exit_code"
  tail -n 40 "$work/out"
}

ended_with() { [[ $exit_code == "$1" ]]; }
says() { grep --quiet --regexp="$1" "$work/out"; }
says_not() { ! says "$1"; }
nothing_left() { [[ -z $(left_over) && -z $(folders) ]]; }
unschedulable() {
  local dir
  dir=$(folders)
  "$dir/cluster/bin/kubectl" --kubeconfig="$dir/cluster/kubeconfig" get events --all-namespaces \
    --field-selector=reason=FailedScheduling --output=name
}
each_is_scheduled_at_once() { [[ -z $(unschedulable) ]]; }

# The programs that tools/demo builds are all that it starts and all that it tells to use.
builds_what_it_names() {
  local name
  while read -r name; do
    grep --quiet "^ *build release .*\b${name#*/}\b" "$root/tools/demo" || return 1
  done < <(grep --only-matching --no-filename '[$]bin/[a-z-]*' "$root/tools/demo" "$root/tools/lib/demo/demo.sh")
}

check "each program that it names is built" builds_what_it_names

start_demo '^== running one driver'
sleep 3
check "no pod comes before the node takes it" each_is_scheduled_at_once
kill -TERM "$demo_pid"
ends_within 15
check "SIGTERM in the middle of the application ends it within 15 s" ended_with 143
check "nothing is left of it" nothing_left

start_demo '^== starting a Kubernetes control plane'
kill -TERM "$demo_pid"
ends_within 15
check "SIGTERM while the control plane starts ends it within 15 s" ended_with 143
check "no folder is named that it has removed" says_not "the logs are in"
check "nothing is left of it" nothing_left

for program in virtual-node fake-eci; do
  start_demo '^== running one driver'
  kill -KILL "$(<"$(folders)/$program.pid")"
  ends_within 15
  check "it ends within 15 s after $program did" ended_with 1
  check "it says so" says "$program ended"
  check "nothing is left of it" nothing_left
done

end_tests
