# shellcheck shell=bash
# Sourced by tools/cluster: builds etcd and the Kubernetes programs from the Go module
# tools/control_plane. Needs go_build.sh.

# Without these the programs call themselves v0.0.0-master, which `kubectl version` cannot parse.
control_plane_ldflags() {
  local version minor
  version=$(sed -n 's/^\tk8s.io\/kubernetes \(v[0-9.]*\).*/\1/p' "$tools_dir/control_plane/go.mod")
  minor=${version#v1.}
  minor=${minor%%.*}
  echo -n "-s -w"
  local package
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    echo -n " -X $package.gitVersion=$version -X $package.gitMajor=1 -X $package.gitMinor=$minor"
  done
}

control_plane_bin() { go_programs_dir control_plane "$(control_plane_ldflags)"; }

build_control_plane() {
  build_go_programs control_plane "$(control_plane_ldflags)" "5 to 15 minutes, about 4 GB of Go caches" tool ./etcd
}
