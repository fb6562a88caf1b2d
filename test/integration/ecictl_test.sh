#!/usr/bin/env bash
# The programs' command lines name what is wrong with them, with exit code 2. Programs from VK_BIN.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin=${VK_BIN:-$root/build/release/bin}
out=$(mktemp)
passed=0 failed=0
trap 'rm -f "$out"' EXIT

# ends CODE PATTERN PROGRAM ARGUMENT..: one test.
ends() {
  local status=0
  env -u ECI_ENDPOINT ECI_REGION=cn-hangzhou ECI_ACCESS_KEY=key ECI_SECRET_KEY=secret \
    "$bin/$3" "${@:4}" >"$out" 2>&1 || status=$?
  if ((status == $1)) && grep --quiet --extended-regexp -e "$2" "$out"; then
    passed=$((passed + 1))
    echo "ok      ${*:3}"
  else
    failed=$((failed + 1))
    echo "FAILED  ${*:3}: exit code $status, not $1 with \"$2\""
    cat "$out"
  fi
}

version=$("$bin/virtual-node" --version | cut -d' ' -f2)
ends 0 "^ecictl $version\$" ecictl --version
ends 0 "^fake-eci $version\$" fake-eci --version
ends 2 'there is no command nonsense; ecictl --help lists all' ecictl nonsense
ends 2 'there is no command groupz; ecictl fake --help lists all' ecictl fake groupz
ends 2 'there is no command put; ecictl fake fault --help lists all' ecictl fake fault put
ends 2 'action is required; see ecictl eci --help' ecictl eci
ends 2 'ecictl: A subcommand is required; see ecictl --help' ecictl
ends 2 '--bogus.*; see ecictl fake groups --help' ecictl fake groups --bogus
ends 2 '"=x" names no parameter' ecictl eci DescribeRegions =x
ends 2 'no action Nonsense; ecictl eci --help lists all' ecictl fake fault add --kind error --action Nonsense
ends 2 'did you mean CreateContainerGroup' ecictl fake fault add --kind error --action CreateContainerGroups
ends 2 'needs --latency-ms above 0' ecictl fake fault add --kind latency
ends 2 '--probability.* 7 ' ecictl fake fault add --kind error --probability 7

echo "$passed passed, $failed failed"
((failed == 0))
