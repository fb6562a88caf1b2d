#!/usr/bin/env bash
# The programs' command lines name what is wrong with them, with exit code 2. Programs from VK_BIN.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/check.sh"
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin=${VK_BIN:-$root/build/release/bin}

# tells CODE PATTERN PROGRAM ARGUMENT..: one test.
tells() {
  check "${*:3}" ends "$1" "$2" env -u ECI_ENDPOINT ECI_REGION=cn-hangzhou ECI_ACCESS_KEY=key ECI_SECRET_KEY=secret \
    "$bin/$3" "${@:4}"
}

version=$("$bin/virtual-node" --version | cut -d' ' -f2)
tells 0 "^ecictl $version\$" ecictl --version
tells 0 "^fake-eci $version\$" fake-eci --version
tells 2 'there is no command nonsense; ecictl --help lists all' ecictl nonsense
tells 2 'there is no command groupz; ecictl fake --help lists all' ecictl fake groupz
tells 2 'there is no command put; ecictl fake fault --help lists all' ecictl fake fault put
tells 2 'action is required; see ecictl eci --help' ecictl eci
tells 2 'ecictl: A subcommand is required; see ecictl --help' ecictl
tells 2 '--bogus.*; see ecictl fake groups --help' ecictl fake groups --bogus
tells 2 '"=x" names no parameter' ecictl eci DescribeRegions =x
tells 2 'no action Nonsense; ecictl eci --help lists all' ecictl fake fault add --kind error --action Nonsense
tells 2 'did you mean CreateContainerGroup' ecictl fake fault add --kind error --action CreateContainerGroups
tells 2 'needs --latency-ms above 0' ecictl fake fault add --kind latency
tells 2 '--probability.* 7 ' ecictl fake fault add --kind error --probability 7

end_tests
