# shellcheck shell=bash
# Sourced by tools/cluster: starts, watches and stops the processes of the cluster in $dir. Flags are
# those that kubeadm sets, where they make sense for processes without a node. Needs pki.sh; with a
# worker, worker.sh.

components=(etcd kube-apiserver kube-controller-manager kube-scheduler)

pid_of() { cat "$dir/run/$1.pid" 2>/dev/null; }
port_of() { cat "$dir/run/$1.port" 2>/dev/null; }

# alive NAME: whether the recorded process runs and is still that program, started for this folder.
alive() {
  local pid
  pid=$(pid_of "$1") && [[ $(cat "/proc/$pid/comm" 2>/dev/null) == "${1:0:15}" &&
    "/proc/$pid/cwd" -ef "$dir/run" ]]
}

healthy() {
  local get=(curl --silent --fail --max-time 2 --noproxy '*' --output /dev/null)
  alive "$1" || return
  case $1 in
    etcd) (cd "$dir/run" && "${get[@]}" --unix-socket etcd.sock http://etcd/health) ;;
    kube-apiserver) "${get[@]}" --cacert "$dir/pki/ca.crt" "https://127.0.0.1:$(port_of "$1")/readyz" ;;
    containerd) worker_ctr version >/dev/null 2>&1 ;;
    kubelet | kube-proxy) "${get[@]}" "http://127.0.0.1:$(port_of "$1")/healthz" ;;
    coredns) "${get[@]}" "http://127.0.0.1:$(port_of "$1")/ready" ;;
    *) "${get[@]}" --insecure "https://127.0.0.1:$(port_of "$1")/healthz" ;;
  esac
}

# Below the range that the system hands out for outgoing connections and that of NodePorts.
free_port() {
  python3 - <<'EOF'
import random, socket
for port in random.sample(range(20000, 30000), 1000):
    with socket.socket() as s:
        try:
            s.bind(("", port))
        except OSError:
            continue
    print(port)
    break
EOF
}

# program_of NAME: its file, through a link in the folder.
program_of() { if [[ -e $dir/bin/$1 ]]; then echo "$dir/bin/$1"; else echo "$worker_dir/bin/$1"; fi; }

# spawn NAME FLAG..: runs the program in a session of its own with a clean environment (a proxy
# variable would reroute the API server's calls to nodes).
spawn() {
  local name=$1 pid
  shift
  (cd "$dir/run" && exec setsid env -i PATH="$PATH" HOME="$dir" "$(program_of "$name")" "$@") \
    >"$dir/log/$name.log" 2>&1 </dev/null 9>&- &
  pid=$!
  echo $pid >"$dir/run/$name.pid"
  while [[ -e /proc/$pid ]] && ! alive "$name"; do sleep 0.01; done
}

# etcd listens on sockets in its working folder, so that it takes no port and no one else can talk
# to it; the advertised address is required and used by nobody.
start_etcd() {
  spawn etcd --data-dir="$dir/etcd" --unsafe-no-fsync --listen-client-urls=unix://etcd.sock \
    --listen-peer-urls=unix://etcd-peer.sock --advertise-client-urls=http://localhost:2379
}

start_kube-apiserver() {
  local pki=$dir/pki
  spawn kube-apiserver --etcd-servers=unix://etcd.sock \
    --secure-port="$1" --advertise-address="$address" \
    --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" \
    --client-ca-file="$pki/ca.crt" --allow-privileged=true --enable-bootstrap-token-auth=true \
    --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction \
    --service-account-issuer=https://kubernetes.default.svc.cluster.local \
    --service-account-key-file="$pki/sa.pub" --service-account-signing-key-file="$pki/sa.key" \
    --service-cluster-ip-range=10.96.0.0/12 \
    --kubelet-client-certificate="$pki/apiserver-kubelet-client.crt" \
    --kubelet-client-key="$pki/apiserver-kubelet-client.key" \
    --kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname \
    --proxy-client-cert-file="$pki/front-proxy-client.crt" \
    --proxy-client-key-file="$pki/front-proxy-client.key" \
    --requestheader-client-ca-file="$pki/front-proxy-ca.crt" \
    --requestheader-allowed-names=front-proxy-client \
    --requestheader-extra-headers-prefix=X-Remote-Extra- \
    --requestheader-group-headers=X-Remote-Group --requestheader-username-headers=X-Remote-User
}

# With the default rate limit the controllers' first tokens alone take five seconds.
start_kube-controller-manager() {
  local pki=$dir/pki conf=$dir/pki/controller-manager.conf
  spawn kube-controller-manager --kubeconfig="$conf" --authentication-kubeconfig="$conf" \
    --authorization-kubeconfig="$conf" --bind-address=127.0.0.1 --secure-port="$1" \
    --leader-elect=false --use-service-account-credentials=true \
    --kube-api-qps=200 --kube-api-burst=400 \
    --controllers='*,bootstrap-signer-controller,token-cleaner-controller' \
    --client-ca-file="$pki/ca.crt" --requestheader-client-ca-file="$pki/front-proxy-ca.crt" \
    --root-ca-file="$pki/ca.crt" --service-account-private-key-file="$pki/sa.key" \
    --service-cluster-ip-range=10.96.0.0/12 \
    --cluster-signing-cert-file="$pki/ca.crt" --cluster-signing-key-file="$pki/ca.key"
}

start_kube-scheduler() {
  local conf=$dir/pki/scheduler.conf
  spawn kube-scheduler --kubeconfig="$conf" --authentication-kubeconfig="$conf" \
    --authorization-kubeconfig="$conf" --bind-address=127.0.0.1 --secure-port="$1" \
    --leader-elect=false
}

# launch NAME: starts it unless it runs and waits until it is healthy; takes another port if somebody
# else took the chosen one meanwhile.
launch() {
  local name=$1 attempt
  for attempt in 1 2 3; do
    [[ $name == etcd || $name == containerd || -s $dir/run/$name.port ]] || free_port >"$dir/run/$name.port"
    alive "$name" || "start_$name" "$(port_of "$name")"
    if wait_until 60 "$name" healthy "$name"; then
      say "$name is ready (pid $(pid_of "$name"))"
      return 0 # without the 0 it would be another status while a trap runs
    fi
    grep -q 'address already in use' "$dir/log/$name.log" || break
    echo "port $(port_of "$name") was taken meanwhile by another program (attempt $attempt of 3)"
    rm "$dir/run/$name.port"
  done
  echo "tools/cluster: $name did not start; the end of $dir/log/$name.log:" >&2
  tail -n 15 "$dir/log/$name.log" >&2
  return 1
}

# wait_until SECONDS NAME COMMAND..: polls COMMAND; fails at once when the component NAME has ended.
wait_until() {
  local deadline=$((SECONDS + $1)) name=$2
  shift 2
  until "$@"; do
    ((SECONDS < deadline)) && alive "$name" || return 1
    sleep 0.1
  done
}

# stop NAME..: asks them to end, the last started first, since the API server does not end in order
# without etcd, and ends by force what is left after three seconds. Processes whose recorded id
# belongs to something else by now are left alone.
stop() {
  local names=("$@") i name deadline
  for ((i = $# - 1; i >= 0; i--)); do
    name=${names[i]}
    alive "$name" || continue
    kill "$(pid_of "$name")" 2>/dev/null || true
    deadline=$((SECONDS + 3))
    while alive "$name"; do
      ((SECONDS < deadline)) || kill -KILL "$(pid_of "$name")" 2>/dev/null || true
      sleep 0.05
    done
  done
}
