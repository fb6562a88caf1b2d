# shellcheck shell=bash
# Sourced by tests: each check is one test and prints one line.

passed=0 failed=0 testing=''

# eventually SECONDS WHAT COMMAND..: one test, which passes as soon as the command succeeds; any command in it that fails, fails it.
# Then its output is shown, and what show_state prints, if the test has that. In the background, so that a signal is heeded at once.
eventually() {
  local begin=$SECONDS limit=$((SECONDS + $1)) what=$2 output status took=''
  shift 2
  output=$(mktemp)
  while true; do
    status=0
    (
      set -e
      "$@"
    ) >"$output" 2>&1 &
    testing=$!
    wait $testing || status=$?
    testing=''
    ((status != 0 && SECONDS < limit)) || break
    sleep 0.1
  done
  ((SECONDS - begin < 2)) || took=" ($((SECONDS - begin)) s)"
  if ((status == 0)); then
    passed=$((passed + 1))
    echo "ok      $what$took"
  else
    failed=$((failed + 1))
    echo "FAILED  $what$took"
    cat "$output"
    if declare -F show_state >/dev/null; then show_state || true; fi
  fi
  rm "$output"
}

# check WHAT COMMAND..: one test.
check() { eventually 0 "$@"; }

fails() { ! "$@"; }

# is EXPECTED ACTUAL
is() {
  [[ $2 == "$1" ]] || { printf 'expected: %s\nbut it is: %s\n' "$1" "$2" && return 1; }
}

# ends CODE PATTERN COMMAND..: with that exit code, and a line that fits.
ends() {
  local output status=0
  output=$("${@:3}" 2>&1) || status=$?
  echo "exit code $status"
  echo "$output"
  ((status == $1)) && grep --quiet --extended-regexp -e "$2" <<<"$output"
}

# settles COMMAND..: the command succeeds within 30 s; else it is told.
settles() {
  local deadline=$((SECONDS + 30))
  until "$@"; do
    ((SECONDS < deadline)) || { echo "not within 30 s: $*" && return 1; }
    sleep 0.2
  done
}

# The closing line; fails when a test did.
end_tests() {
  echo "$passed passed, $failed failed"
  ((failed == 0))
}
