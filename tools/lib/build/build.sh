# shellcheck shell=bash
# Sourced by the tools: configures and builds with CMake presets. Needs env.sh.

root_dir=$(cd "$tools_dir/.." && pwd)

# With paths made relative to the checkout and the working folder left out of the hash, a fresh clone
# elsewhere finds in the compiler cache what another one has compiled.
export CCACHE_BASEDIR=$root_dir CCACHE_NOHASHDIR=true

# build PRESET [TARGET..]: all targets without any; build/PRESET/bin has the programs.
build() {
  local preset=$1 log=$root_dir/build/$1/configure.log
  shift
  if ! mkdir -p "${log%/*}" 2>/dev/null || [[ ! -w ${log%/*} ]]; then
    echo "${log%/*} cannot be written, perhaps since root has built there; run: sudo chown -R $(id -un) $root_dir/build" >&2
    return 1
  fi
  if ! (cd "$root_dir" && cmake --preset "$preset" >"$log" 2>&1); then
    tail -n 30 "$log" >&2
    echo "configuring preset $preset failed; presets are listed by: cmake --list-presets" >&2
    return 1
  fi
  ninja -C "$root_dir/build/$preset" -j "$(nproc)" "$@"
}
