#!/usr/bin/env bash
# What Spark's pods call before they are stopped when spark.decommission.enabled is set: tells the executor to hand over its blocks
# and waits until it has ended. The pod's grace period is the limit.
set -euo pipefail

for process in /proc/[0-9]*; do
  [[ $(readlink "$process/exe") == */bin/java ]] || continue
  kill -PWR "${process##*/}"
  while [[ -e $process/cmdline ]]; do sleep 0.2; done
done
