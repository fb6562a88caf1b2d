#!/usr/bin/env bash
# What the agent adds to a pod's start: reads "created container group" lines of an agent's log on standard input and prints
# percentiles (nearest rank) of the whole and of the agent's own share, in milliseconds.
set -euo pipefail

percentiles() {
  sort -n | awk -v what="$1" '{ v[NR] = $1 }
    function rank(p) { r = int(p * NR / 100); if (r < p * NR / 100) r++; return v[r < 1 ? 1 : r] }
    END { if (NR) printf "%-8s n %d  p50 %.2f  p99 %.2f  max %.2f ms\n", what, NR, rank(50), rank(99), v[NR] }'
}

times=$(sed -n 's/.* created container group .* added_ms=\([0-9.]*\) inputs_ms=\([0-9.]*\).*/\1 \2/p')
awk '{ print $1 }' <<<"$times" | percentiles added
awk '{ print $1 - $2 }' <<<"$times" | percentiles own
