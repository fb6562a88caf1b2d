# shellcheck shell=bash
# Sourced by integration tests: each check is one test and prints one line.

passed=0 failed=0

# check WHAT COMMAND..: one test; any command in it that fails, fails it, and then the output is shown.
check() {
  local what=$1 output status
  shift
  set +e
  output=$(
    set -e
    "$@" 2>&1
  )
  status=$?
  set -e
  if ((status == 0)); then
    passed=$((passed + 1))
    echo "ok      $what"
  else
    failed=$((failed + 1))
    printf 'FAILED  %s\n%s\n' "$what" "$output"
  fi
}

fails() { ! "$@"; }

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
