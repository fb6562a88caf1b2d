# shellcheck shell=bash
# Sourced by tools/cluster: an ordinary node beside the control plane, with a containerd of its own,
# kubelet, kube-proxy and CoreDNS, as processes of root. Needs control_plane.sh, pki.sh,
# worker_containerd.sh and worker_host.sh.

worker_components=(containerd kubelet kube-proxy coredns)
worker_node=worker worker_archives=() sandbox_image=''

# What Services and name resolution are given by the API server's flags and by kubeadm's custom.
service_cidr=10.96.0.0/12
dns_address=10.96.0.10

# name_worker_parts: everything outside $dir bears the folder's hash, so that workers do not meet. The
# state's path is short, since it holds sockets, whose paths end after 107 characters.
name_worker_parts() {
  local hash
  hash=$(sha256sum <<<"$dir" | cut -c1-8)
  worker_dir=$dir/worker
  worker_state=/run/virtual-node-$hash
  worker_bridge=vn$hash
  worker_cgroup=virtual-node-$hash
}

# Written before the first change to the machine and removed after the last is undone.
has_worker() { [[ -e $worker_dir/undo ]]; }

# Told all at once and before anything is built.
check_worker_is_possible() {
  local problems=() program
  ((EUID == 0)) || problems+=("root is needed, for containers, networks and cgroups; you are $(id -un)")
  for program in containerd ctr runc nft iptables ip mount; do
    command -v "$program" >/dev/null || problems+=("no program $program on PATH; tools/setup installs it")
  done
  for program in bridge host-local loopback; do
    [[ -x $cni_bin/$program ]] || problems+=("no CNI plugin $cni_bin/$program; tools/setup installs it")
  done
  modprobe --quiet --all overlay br_netfilter 2>/dev/null || true
  grep -qw overlay /proc/filesystems || problems+=("the kernel has no overlayfs (CONFIG_OVERLAY_FS)")
  [[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]] ||
    problems+=("the kernel has no br_netfilter; Services would not reach pods on the same node")
  [[ -n $(cgroup_hierarchies) ]] || problems+=("no cgroup hierarchy is mounted below /sys/fs/cgroup")
  [[ $dir =~ ^[A-Za-z0-9/._+-]{1,64}$ ]] || [[ -z $dir ]] ||
    problems+=("--dir $dir: a worker's folder has at most 64 characters, letters, digits and ._+- only, for its sockets and mounts")
  ((${#problems[@]})) || return 0
  echo "tools/cluster: no worker can run here yet:" >&2
  printf '  - %s\n' "${problems[@]}" >&2
  echo "Without --worker, tools/cluster up needs none of this: a control plane alone, for virtual nodes." >&2
  exit 1
}

# choose_pod_cidr: that of --pod-cidr, or the one that the worker already has.
choose_pod_cidr() {
  local had
  had=$(cat "$worker_dir/pod-cidr" 2>/dev/null) || had=''
  if [[ -n $had && -n $pod_cidr && $had != "$pod_cidr" ]]; then
    fail "this worker's pods have addresses from $had; for others first: tools/cluster down --dir $dir"
  fi
  pod_cidr=${had:-${pod_cidr:-10.88.0.0/16}}
  check_pod_cidr "$pod_cidr"
}

start_worker() {
  local archive
  prepare_host
  link_worker_programs
  create_worker_pki
  configure_containerd
  launch containerd
  for archive in "${worker_archives[@]}"; do import_image "$archive"; done
  say "images are imported"
  apply_worker_objects
  in_parallel launch kubelet
  in_parallel launch kube-proxy
  in_parallel launch coredns
  wait_all
  wait_until 60 kubelet node_is_ready || fail "node $worker_node did not get ready; see $dir/log/kubelet.log"
  say "node $worker_node is ready"
}

# One folder for all, containerd of the system included, so that `spawn` finds them.
link_worker_programs() {
  mkdir -p "$worker_dir/bin"
  ln -sfn "$(programs_bin worker)"/{kubelet,kube-proxy,coredns} "$(command -v containerd)" "$worker_dir/bin/"
}

create_worker_pki() {
  local pki=$dir/pki name
  if [[ ! -e $pki/coredns.crt ]]; then
    in_parallel issue_client "$pki/kubelet-client" "$pki/ca" "/O=system:nodes/CN=system:node:$worker_node"
    in_parallel issue_client "$pki/kube-proxy" "$pki/ca" /CN=system:kube-proxy
    in_parallel issue "$pki/kubelet" "$pki/ca" "/O=system:nodes/CN=system:node:$worker_node" \
      basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature,keyEncipherment \
      extendedKeyUsage=serverAuth "subjectAltName=DNS:$worker_node,IP:$address"
    wait_all
    issue_client "$pki/coredns" "$pki/ca" /CN=system:coredns
  fi
  for name in kubelet-client kube-proxy coredns; do
    write_kubeconfig "$pki/$name.conf" "$pki/ca" "$pki/$name" "https://127.0.0.1:$(port_of kube-apiserver)"
  done
}

# CoreDNS is a process of the machine, so its Service has no selector. kube-proxy's binding is among
# the API server's own.
apply_worker_objects() {
  local port
  [[ -s $dir/run/coredns.port ]] || free_port >"$dir/run/coredns.port"
  port=$(port_of coredns)
  apply <<EOF
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "system:coredns"}
rules:
- {apiGroups: [""], resources: [services, pods, namespaces], verbs: [list, watch]}
- {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: "system:coredns"}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:coredns"}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: "system:coredns"}]
---
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system, labels: {k8s-app: kube-dns}}
spec:
  clusterIP: $dns_address
  ports:
  - {name: dns, port: 53, protocol: UDP, targetPort: $port}
  - {name: dns-tcp, port: 53, protocol: TCP, targetPort: $port}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: kube-dns-process
  namespace: kube-system
  labels: {kubernetes.io/service-name: kube-dns, endpointslice.kubernetes.io/managed-by: tools-cluster}
addressType: IPv4
endpoints: [{addresses: [$address], conditions: {ready: true}}]
ports: [{name: dns, port: $port, protocol: UDP}, {name: dns-tcp, port: $port, protocol: TCP}]
EOF
}

# An image that is collected cannot be pulled again, so none ever is. The pods' resolver is the
# cluster's alone; makeIPTablesUtilChains and podLogsDir keep the machine clean. Kubelets from 1.35 on
# refuse cgroup v1 unless told.
start_kubelet() {
  local config=$worker_dir/kubelet.yaml
  : >"$worker_dir/resolv.conf"
  cat >"$config" <<EOF
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $address
port: $1
healthzBindAddress: 127.0.0.1
healthzPort: $1
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $dir/pki/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $dir/pki/kubelet.crt
tlsPrivateKeyFile: $dir/pki/kubelet.key
containerRuntimeEndpoint: unix://$worker_state/containerd.sock
cgroupDriver: cgroupfs
cgroupRoot: /$worker_cgroup
failCgroupV1: false
failSwapOn: false
oomScoreAdj: 0
clusterDNS: [$dns_address]
clusterDomain: cluster.local
resolvConf: $worker_dir/resolv.conf
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%, nodefs.inodesFree: 1%}
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
imageMinimumGCAge: 1000h
makeIPTablesUtilChains: false
podLogsDir: $worker_dir/pod-logs
volumePluginDir: $worker_dir/kubelet/volume-plugins
nodeStatusUpdateFrequency: 5s
syncFrequency: 10s
EOF
  spawn kubelet --config="$config" --kubeconfig="$dir/pki/kubelet-client.conf" --root-dir="$worker_dir/kubelet" \
    --cert-dir="$worker_dir/kubelet/pki" --hostname-override="$worker_node" --node-ip="$address" --node-labels=type=ack
}

# Its two servers cannot share a port, but a port on two addresses of loopback they can. It leaves
# the machine's connection tracking as it is.
start_kube-proxy() {
  local config=$worker_dir/kube-proxy.yaml
  cat >"$config" <<EOF
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: nftables
clientConnection: {kubeconfig: $dir/pki/kube-proxy.conf}
hostnameOverride: $worker_node
clusterCIDR: $pod_cidr
detectLocalMode: ClusterCIDR
healthzBindAddress: 127.0.0.1:$1
metricsBindAddress: 127.0.0.2:$1
oomScoreAdj: 0
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
nftables: {minSyncPeriod: 0s, syncPeriod: 30s}
EOF
  spawn kube-proxy --config="$config"
}

# With a time to live of a second, a new record is seen at once. Names outside the cluster have no
# answer.
start_coredns() {
  cat >"$worker_dir/Corefile" <<EOF
.:$1 {
    bind $address
    errors
    ready 127.0.0.1:$1
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        kubeconfig $dir/pki/coredns.conf
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 1
    }
}
EOF
  spawn coredns -conf "$worker_dir/Corefile"
}

node_is_ready() {
  [[ $(admin get node $worker_node --output=jsonpath='{.status.conditions[?(@.type=="Ready")].status}' 2>/dev/null) == True ]]
}

# remove_worker: ends the worker, also one whose processes were killed, and undoes what it changed on
# the machine. The images stay, unless the folder's purge takes them.
remove_worker() {
  [[ -d $worker_dir ]] || return 0
  stop "${worker_components[@]}"
  end_containers
  unmount_below "$worker_dir"
  unmount_below "$worker_state"
  remove_container_traces
  undo_host_changes
  rm -rf "$worker_state"
  forget_containers
  rm -rf "$worker_state"
  find "$worker_dir" -mindepth 1 -maxdepth 1 ! -name containerd -exec rm -rf {} +
}
