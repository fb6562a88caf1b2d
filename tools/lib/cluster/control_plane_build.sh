# shellcheck shell=bash
# Sourced by tools/cluster: builds etcd, the Kubernetes programs and CoreDNS from the Go module
# tools/control_plane. There are two sets of programs, control-plane and worker; the second is built only
# where a worker is wanted. Needs go_build.sh.

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
  version=$(sed -n 's/^\tk8s.io\/kubernetes \(v[0-9.]*\).*/\1/p' "$tools_dir/control_plane/go.mod")
  minor=${version#v1.}
  minor=${minor%%.*}
  echo -n "-s -w"
  local package
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    echo -n " -X $package.gitVersion=$version -X $package.gitMajor=1 -X $package.gitMinor=$minor"
  done
}

# programs_bin SET: the folder of the programs.
programs_bin() { go_programs_dir "$1" control_plane "$(control_plane_ldflags)"; }

build_programs() {
  local packages
  mapfile -t packages < <(packages_of "$1")
  build_go_programs "$1" control_plane "$(control_plane_ldflags)" "$(cost_of "$1")" "${packages[@]}"
}
