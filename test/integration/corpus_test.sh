#!/usr/bin/env bash
# Pods as people's charts write them: test/corpus says what must become of each. Real API server, scheduler and controllers, the fake
# cloud. Arguments are those of test/corpus/corpus.py. Programs from VK_BIN.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=../lib/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/lab.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/groups.sh
source "$root/test/lib/groups.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/proxy.sh
source "$root/test/lib/proxy.sh"

check "the judgement of pods" /usr/bin/python3 -B "$root/test/corpus/outcome_test.py"
start_cluster
start_proxy
start_fake --profile instant --flow-limits off
# The settings that templates of classes, of host paths and of GPUs count on.
start_agent "$("$root/tools/cluster" identity virtual-node --dir "$work/cluster")" --cloud-limits lifted --zone cn-hangzhou-h \
  --runtime-classes corpus-sandboxed --replace-host-path /mnt/spark-local --volume-permissions-image example/busybox:1 \
  --quota-gpu 100
check_running templates /usr/bin/python3 -B "$root/test/corpus/corpus.py" --server "$server" "$@"
check "no pod has two groups" nothing_doubled
check_running "hostile pods" /usr/bin/python3 -B "$root/test/corpus/hostile.py" --server "$server"
check "the agent has not ended" kill -0 "$agent_pid"
check "no pod has two groups after that" nothing_doubled

end_tests
