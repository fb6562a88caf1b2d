# shellcheck shell=bash
# Sourced by tools/cluster: the containerd of the worker, and the end of its containers. Its image store
# is in $worker_dir/containerd, its state in $worker_state. Needs control_plane.sh.

# Debian's place.
cni_bin=/usr/lib/cni

# worker_image NAME: an OCI archive, or the folder of one, of the image pause or busybox: the file
# NAME.tar in the folder VK_IMAGES, or what tools/images builds.
worker_image() {
  local file=${VK_IMAGES:-}/$1.tar
  if [[ -n ${VK_IMAGES:-} ]]; then
    [[ -r $file ]] || fail "no image $file; VK_IMAGES names a folder with an OCI archive pause.tar and one busybox.tar"
  else
    [[ -x $tools_dir/images ]] || fail "no tools/images here to build $1; let VK_IMAGES name a folder with $1.tar, an OCI archive"
    "$tools_dir/images" build "$1" >/dev/null
    file=$("$tools_dir/images" path "$1")/oci
  fi
  echo "$file"
}

# image_name ARCHIVE
image_name() {
  local index
  if [[ -d $1 ]]; then index=$(<"$1/index.json"); else index=$(tar -xOf "$1" --wildcards '*index.json'); fi
  jq --exit-status --raw-output '.manifests[0].annotations["io.containerd.image.name"]' <<<"$index" ||
    fail "$1 tells no name of its image (annotation io.containerd.image.name)"
}

# find_worker_images: before anything is built or started, since without them nothing can be.
find_worker_images() {
  local name file
  for name in pause busybox; do
    file=$(worker_image $name)
    worker_archives+=("$file")
  done
  sandbox_image=$(image_name "${worker_archives[0]}")
}

worker_ctr() { ctr --address "$worker_state/containerd.sock" --namespace k8s.io "$@"; }

# import_image ARCHIVE: also when an image of that name is there, since it may be another.
import_image() {
  if [[ -d $1 ]]; then tar -C "$1" -cf - . | worker_ctr images import -; else worker_ctr images import "$1"; fi >/dev/null
}

# restrict_oom_score_adj: without CAP_SYS_RESOURCE runc dies of the negative score that sandboxes get.
# Network namespaces and runc's state are below the state folder, so that nothing is shared.
configure_containerd() {
  mkdir -p "$worker_dir"/{cni,containerd}
  cat >"$worker_dir/containerd.toml" <<EOF
version = 2
root = "$worker_dir/containerd"
state = "$worker_state/s"
oom_score = 0
[grpc]
  address = "$worker_state/containerd.sock"
[ttrpc]
  address = "$worker_state/containerd.sock.ttrpc"
[plugins."io.containerd.internal.v1.opt"]
  path = "$worker_dir/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$sandbox_image"
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  netns_mounts_under_state_dir = true
  disable_apparmor = true
  restrict_oom_score_adj = true
  tolerate_missing_hugetlb_controller = true
  disable_hugetlb_controller = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$cni_bin"
    conf_dir = "$worker_dir/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
        Root = "$worker_state/runc"
EOF
  # Without masquerade pods keep their addresses everywhere on the machine; they reach nothing beyond it.
  cat >"$worker_dir/cni/10-bridge.conflist" <<EOF
{"cniVersion": "1.0.0", "name": "$worker_bridge", "plugins": [
  {"type": "bridge", "bridge": "$worker_bridge", "isGateway": true, "ipMasq": false, "hairpinMode": true,
   "ipam": {"type": "host-local", "dataDir": "$worker_dir/addresses",
            "ranges": [[{"subnet": "$pod_cidr"}]], "routes": [{"dst": "0.0.0.0/0"}]}}]}
EOF
}

start_containerd() {
  mkdir -p "$worker_state"
  spawn containerd --config "$worker_dir/containerd.toml"
}

# Every process of a container is in the worker's cgroup; its parent, the shim, names our socket.
container_processes() {
  local hierarchy
  while read -r hierarchy; do
    find "$hierarchy/$worker_cgroup" -name cgroup.procs -exec cat {} + 2>/dev/null || true
  done < <(cgroup_hierarchies)
  pgrep -f "^[^ ]*containerd-shim.* -address $worker_state/containerd.sock" || true
}

end_containers() {
  local deadline=$((SECONDS + 10)) processes
  while processes=$(container_processes | sort -u) && [[ -n $processes ]]; do
    ((SECONDS < deadline)) || fail "these processes of containers do not end: ${processes//$'\n'/ }"
    # shellcheck disable=SC2086 # a list
    kill -KILL $processes 2>/dev/null || true
    sleep 0.05
  done
}

# What shims, CNI and kubelet keep in places that no setting moves.
remove_container_traces() {
  local file id
  for file in "$worker_state"/s/io.containerd.runtime.v2.task/k8s.io/*/address; do
    [[ ! -e $file ]] || rm -f "$(sed 's|^unix://||' "$file")"
  done
  for file in /var/lib/cni/results/"$worker_bridge"-*; do
    [[ -e $file ]] || continue
    id=${file#*"$worker_bridge"-}
    rm -f /var/lib/cni/results/*-"${id%-*}"-*
  done
  [[ ! -d /var/log/containers ]] || find /var/log/containers -lname "$worker_dir/*" -delete
}

# forget_containers: leaves images alone in the store, with a daemon that finds none of the containers
# running. A store that does not open is thrown away.
forget_containers() {
  local containers
  [[ -d $worker_dir/containerd ]] || return 0
  if $purge; then
    rm -rf "$worker_dir/containerd"
    return 0
  fi
  [[ -e $worker_dir/containerd.toml ]] || return 0
  if launch containerd >/dev/null && containers=$(worker_ctr containers ls --quiet) &&
    { [[ -z $containers ]] || xargs ctr --address "$worker_state/containerd.sock" --namespace k8s.io containers rm \
      <<<"$containers" >/dev/null; }; then
    stop containerd
    rm -rf "$worker_dir/containerd/io.containerd.grpc.v1.cri"
  else
    stop containerd
    rm -rf "$worker_dir/containerd"
  fi
}
