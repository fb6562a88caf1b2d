# shellcheck shell=bash
# Sourced by the tools: background jobs whose failure counts.

background_jobs=()

# in_parallel COMMAND..: runs it in the background; wait_all waits for all of these and ends the shell
# if one of them failed.
in_parallel() {
  "$@" &
  background_jobs+=($!)
}

wait_all() {
  local job
  for job in "${background_jobs[@]}"; do wait "$job"; done
  background_jobs=()
}
