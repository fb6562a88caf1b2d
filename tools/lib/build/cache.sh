# shellcheck shell=bash
# Sourced by tools/cluster and tools/images: folders in the cache that appear only when they are whole.

# What stop_filling has to remove.
filling=()

# fill_once FOLDER WHAT COMMAND..: does nothing when FOLDER is there, else runs COMMAND with the folder to
# fill as its last argument. Of two at a time the second waits for the first. A failure ends the shell.
fill_once() {
  local folder=$1 partial=$1.partial lock
  [[ ! -d $folder ]] || return 0
  mkdir -p "${folder%/*}"
  exec {lock}>"${folder%/*}/lock"
  flock --nonblock "$lock" || {
    echo "waiting for another build of $2" >&2
    flock "$lock"
  }
  if [[ ! -d $folder ]]; then
    filling+=("$partial")
    trap stop_filling EXIT
    rm -rf "$partial"
    mkdir "$partial"
    "${@:3}" "$partial"
    mv "$partial" "$folder"
    unset 'filling[-1]'
    ((${#filling[@]})) || trap - EXIT
  fi
  exec {lock}>&-
}

# Run when filling failed or was interrupted.
stop_filling() {
  local job
  for job in $(jobs -p); do kill -- "-$job" 2>/dev/null || true; done
  wait
  rm -rf "${filling[@]}"
}

# in_group COMMAND..: starts it in the background in a process group of its own, so that stop_filling
# reaches all that it starts; its id is in $!.
in_group() {
  set -m
  "$@" </dev/null &
  set +m
}

# step WHAT COMMAND..: a part of what fills a folder. Prints how long it took; shows the end of the
# command's output only if it fails.
step() {
  local what=$1 log begin=${EPOCHREALTIME/[.,]/} status=0 ms
  log=$(mktemp)
  filling+=("$log")
  printf '           %s\n' "$what ..." >&2
  in_group "${@:2}" >"$log" 2>&1
  wait $! || status=$?
  if ((status)); then
    echo "tools/${0##*/}: $what failed:" >&2
    tail -n 20 "$log" >&2
    return "$status"
  fi
  rm -f "$log"
  unset 'filling[-1]'
  ms=$(((${EPOCHREALTIME/[.,]/} - begin) / 1000))
  printf '  %5d.%d s  %s\n' $((ms / 1000)) $((ms % 1000 / 100)) "$what" >&2
}
