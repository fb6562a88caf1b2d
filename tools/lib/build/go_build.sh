# shellcheck shell=bash
# Sourced by tools/cluster and tools/images: builds the programs of a Go module below tools/ into a cache
# outside the checkout. Needs env.sh and cache.sh.

# go_programs_dir SET MODULE LDFLAGS: the folder of a set of programs, named after all that decides what
# is in them. MODULE is the module's folder, such as control_plane.
go_programs_dir() (
  cd "$tools_dir/$2"
  mapfile -t sources < <(find . -name '*.go' | LC_ALL=C sort)
  key=$({ cat go.mod go.sum "${sources[@]}"; echo -n "$3"; uname -m; } | sha256sum | cut -c1-16)
  echo "$cache_dir/$1/$key"
)

# build_go_programs SET MODULE LDFLAGS COST PACKAGE..: does nothing when the programs are there.
build_go_programs() {
  local bin
  bin=$(go_programs_dir "$1" "$2" "$3")
  [[ ! -d $bin ]] || return 0
  if ! go_is_new_enough; then
    echo "tools/${0##*/}: no Go $(sed -n 's/^go //p' "$tools_dir/control_plane/go.mod") or newer on PATH; run tools/setup" >&2
    return 1
  fi
  fill_once "$bin" "the ${1//-/ }" compile_go_programs "$@"
}

# compile_go_programs SET MODULE LDFLAGS COST PACKAGE.. FOLDER
compile_go_programs() {
  local set=$1 module=$2 ldflags=$3 packages=("${@:5:$#-5}") bin=${*: -1} log compiler status=0
  log=${bin%.partial}.log
  echo "building the ${set//-/ } into ${bin%.partial} (once; $4)" >&2
  in_group go_build "$tools_dir/$module" "$ldflags" "$bin" "${packages[@]}" >"$log" 2>&1
  compiler=$!
  show_build_progress "$compiler" "$bin" "$log" "$tools_dir/$module" "${packages[@]}" >&2
  wait "$compiler" || status=$?
  if ((status)); then
    echo "tools/${0##*/}: the build failed; the end of $log:" >&2
    tail -n 15 "$log" >&2
    return 1
  fi
  rm -f "$log"
}

# go_build FOLDER LDFLAGS BIN PACKAGE..
go_build() {
  cd "$1"
  export CGO_ENABLED=0 GOWORK=off
  exec go build -v -mod=readonly -trimpath -buildvcs=false -ldflags "$2" -o "$3/" "${@:4}"
}

# show_build_progress COMPILER PARTIAL LOG FOLDER PACKAGE..: a line for each finished program, and every
# 30 s the number of packages compiled.
show_build_progress() {
  local compiler=$1 partial=$2 log=$3 total name shown=" " next=$((SECONDS + 30))
  total=$(cd "$4" && go list -deps "${@:5}" 2>/dev/null | wc -l) || true
  while kill -0 "$compiler" 2>/dev/null; do
    sleep 1
    for name in $(cd "$partial" 2>/dev/null && find . -type f -printf '%f '); do
      [[ $shown != *" $name "* ]] || continue
      printf '  %4d s  %s\n' "$SECONDS" "$name"
      shown+="$name "
    done
    ((SECONDS >= next)) || continue
    printf '  %4d s  %d of about %d packages\n' "$SECONDS" "$(grep -vc '^go: ' "$log")" "$total"
    next=$((SECONDS + 30))
  done
}
