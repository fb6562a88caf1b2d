# shellcheck shell=bash
# Sourced by tools/cluster: builds etcd, the Kubernetes programs and CoreDNS from the Go module
# tools/control_plane into a cache outside the checkout. There are two sets of programs,
# control-plane and worker; the second is built only where a worker is wanted. Needs env.sh.

module_dir=$tools_dir/control_plane

# packages_of SET: one a line.
packages_of() {
  local commands=k8s.io/kubernetes/cmd
  case $1 in
    control-plane) printf '%s\n' $commands/{kube-apiserver,kube-controller-manager,kube-scheduler,kubectl} ./etcd ;;
    worker) printf '%s\n' $commands/{kubelet,kube-proxy} ./coredns ;;
  esac
}

cost_of() {
  case $1 in
    control-plane) echo "5 to 15 minutes, about 4 GB of Go caches" ;;
    worker) echo "a minute or two beyond the control plane's" ;;
  esac
}

# Without these the programs call themselves v0.0.0-master, which `kubectl version` cannot parse.
control_plane_ldflags() {
  local version minor
  version=$(sed -n 's/^\tk8s.io\/kubernetes \(v[0-9.]*\).*/\1/p' "$module_dir/go.mod")
  minor=${version#v1.}
  minor=${minor%%.*}
  echo -n "-s -w"
  local package
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    echo -n " -X $package.gitVersion=$version -X $package.gitMajor=1 -X $package.gitMinor=$minor"
  done
}

# programs_bin SET: the folder of the programs, named after all that decides what is in them.
programs_bin() {
  local key own
  own=$(packages_of "$1" | sed -n 's|^\./||p')
  key=$({ cat "$module_dir"/{go.mod,go.sum,"$own/main.go"}; control_plane_ldflags; uname -m; } |
    sha256sum | cut -c1-16)
  echo "$cache_dir/$1/$key"
}

# build_programs SET: does nothing when the programs are there. A folder appears in the cache only
# when it is whole; of two builds at a time the second waits for the first.
build_programs() {
  local bin
  bin=$(programs_bin "$1")
  [[ -d $bin ]] && return
  if ! go_is_new_enough; then
    echo "tools/cluster: no Go $(sed -n 's/^go //p' "$module_dir/go.mod") or newer on PATH; run tools/setup" >&2
    return 1
  fi
  mkdir -p "${bin%/*}"
  (
    flock -n 8 || { echo "waiting for another build of the ${1/-/ }"; flock 8; }
    [[ -d $bin ]] || compile_programs "$1" "$bin"
  ) 8>"${bin%/*}/lock"
}

compile_programs() {
  local bin=$2 partial=$2.partial log=$2.log packages compiler status=0
  mapfile -t packages < <(packages_of "$1")
  echo "building the ${1/-/ } into $bin (once; $(cost_of "$1"))"
  rm -rf "$partial"
  (
    cd "$module_dir"
    export CGO_ENABLED=0 GOWORK=off
    exec go build -v -mod=readonly -trimpath -buildvcs=false -ldflags "$(control_plane_ldflags)" \
      -o "$partial/" "${packages[@]}"
  ) >"$log" 2>&1 8>&- &
  compiler=$!
  trap 'kill "$compiler" 2>/dev/null || true' EXIT
  show_build_progress "$compiler" "$partial" "$log" "${packages[@]}"
  wait "$compiler" || status=$?
  trap - EXIT
  if ((status)); then
    echo "tools/cluster: the build failed; the end of $log:" >&2
    tail -n 15 "$log" >&2
    return 1
  fi
  mv "$partial" "$bin"
  rm -f "$log"
}

# A line for each finished program, and every 30 s the number of packages compiled.
show_build_progress() {
  local compiler=$1 partial=$2 log=$3 total name shown=" " next=$((SECONDS + 30))
  total=$(cd "$module_dir" && go list -deps "${@:4}" 2>/dev/null | wc -l) || true
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
