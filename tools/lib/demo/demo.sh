# shellcheck shell=bash
# Sourced by tools/demo: starts and ends the parts of the demonstration in the folder $dir. Needs
# env.sh, and the variables that tools/demo reads from its flags.
# shellcheck disable=SC2154 # those variables

# Kinds of requests that are counted apart, as "VERB GROUP RESOURCE"; demo-client reads the counts.
counted_requests=(
  "list - pods" "watch - pods" "get - pods" "delete - pods" "patch - pods/status"
  "get - configmaps" "list - configmaps" "watch - configmaps"
  "get - secrets" "list - secrets" "watch - secrets"
  "list - services" "watch - services" "create - serviceaccounts/token"
  "create - events" "patch - events"
  "get - nodes" "create - nodes" "watch - nodes" "patch - nodes/status"
  "get coordination.k8s.io leases" "create coordination.k8s.io leases"
  "update coordination.k8s.io leases" "patch coordination.k8s.io leases"
)

# The image of the application's containers, in tools/demo_client/spark_application.h.
image=spark:3.5.9

part='' control='' openapi='' identity='' running='' client_flags=()
# By what names pods find Services.
agent_names=(--cluster-dns 10.96.0.10)

heading() { printf '\n== %s\n' "$*"; }

fail() {
  echo "tools/demo: $*" >&2
  exit 1
}

# interruptible COMMAND..: a signal's trap runs at once and not when the command ends.
interruptible() {
  local status=0
  "$@" &
  running=$!
  wait $running || status=$?
  running=''
  return $status
}

# Runs at every exit: shows why, then removes everything, unless it is to be kept.
finish() {
  local status=$?
  trap - EXIT INT TERM
  case $status in
    0 | 130 | 143) ;;
    *) show_logs ;;
  esac
  end_running
  if $keep && ((status == 0)); then
    explain_kept
  else
    heading "cleaning up"
    remove_everything
  fi
  exit $status
}

end_running() {
  [[ -n $running ]] || return 0
  kill -TERM "$running" 2>/dev/null || true
  wait "$running" || true
}

# Of the part that did not start, or of both programs.
show_logs() {
  local name
  for name in ${part:-fake-eci virtual-node}; do
    [[ -s $dir/$name.log ]] || continue
    printf -- '-- the end of %s.log:\n' "$name" >&2
    tail -n 20 "$dir/$name.log" >&2
  done
}

explain_kept() {
  local sudo='' namespace=$spark_namespace
  # The folder is its owner's alone.
  if [[ -n ${SUDO_USER:-} ]]; then sudo='sudo '; fi
  if [[ $runtime == simulated ]]; then namespace=spark-demo; fi
  cat <<EOT

kept in $dir; to look around:
  alias k='$sudo$dir/cluster/bin/kubectl --kubeconfig=$dir/cluster/kubeconfig'
  k get nodes -o wide
  k get pods --namespace $namespace -o wide
the fake cloud's own record, with its control service at $control:
  $bin/ecictl fake groups --control $control
EOT
  [[ $runtime == simulated ]] || cat <<EOT
further images, such as that of tools/spark/hdfs.yaml, for the registry that its groups pull from:
  ${sudo}tools/images build hdfs && ${sudo}tools/images push --registry $registry hdfs
EOT
  cat <<EOT
to end it:
  ${sudo}tools/demo --end $dir
EOT
}

remove_everything() {
  end_program virtual-node
  # With real containers it removes them and their images.
  end_program fake-eci 60
  end_program registry
  if [[ -e $dir/runtime ]]; then "${bin:-$root_dir/build/release/bin}/fake-eci" --purge --runtime-dir "$dir/runtime"; fi
  if [[ -e $dir/kind ]]; then
    kind delete cluster --name "$(<"$dir/kind")" --kubeconfig "$dir/cluster/kubeconfig"
  elif [[ -d $dir/cluster ]]; then
    "$tools_dir/cluster" down --dir "$dir/cluster" --purge
  fi
  rm -rf "$dir"
}

# end_program NAME [SECONDS]: asks it, and after five seconds makes it, unless its id is another program's now.
end_program() {
  local pid deadline=$((SECONDS + ${2:-5}))
  pid=$(cat "$dir/$1.pid" 2>/dev/null) || return 0
  while [[ $(cat "/proc/$pid/comm" 2>/dev/null) == "$1" ]]; do
    if ((SECONDS < deadline)); then kill -TERM "$pid"; else kill -KILL "$pid"; fi 2>/dev/null || true
    sleep 0.1
  done
}

check_kind() {
  docker info >/dev/null 2>&1 ||
    fail "--kind needs docker, and \`docker info\` fails here; without --kind no docker is needed"
  command -v kind >/dev/null || fail "--kind needs the program kind on PATH"
  command -v kubectl >/dev/null || fail "--kind needs the program kubectl on PATH"
}

admin() { PATH=$dir/cluster/bin:$PATH kubectl --kubeconfig="$dir/cluster/kubeconfig" "$@"; }

# The logs that it may name are removed with everything else; what they end with, it tells itself.
start_local_cluster() {
  exec "$tools_dir/cluster" up --dir "$dir/cluster" "$@" \
    > >(sed --unbuffered '/^kubeconfig: /d; /^use it: /d; s/, the logs are in .*//') 2>&1
}

# start_cluster [FLAG..]: flags of tools/cluster up.
start_cluster() {
  if $kind; then
    echo "virtual-node-demo-$$" >"$dir/kind"
    interruptible kind create cluster --name "virtual-node-demo-$$" --kubeconfig "$dir/cluster/kubeconfig"
    identity=$dir/cluster/kubeconfig
    return
  fi
  interruptible start_local_cluster "$@"
  identity=$("$tools_dir/cluster" identity virtual-node --dir "$dir/cluster")
  local line
  for line in "${counted_requests[@]}"; do
    # shellcheck disable=SC2086 # three words
    flow_schema $line
  done | admin apply --server-side --filename=- >/dev/null
}

# flow_schema VERB GROUP RESOURCE: takes these requests of the agent out of its identity's schema.
flow_schema() {
  cat <<EOT
---
apiVersion: flowcontrol.apiserver.k8s.io/v1
kind: FlowSchema
metadata: {name: request.$1.${3//\//.}}
spec:
  matchingPrecedence: 9
  priorityLevelConfiguration: {name: exempt}
  rules:
  - subjects: [{kind: User, user: {name: virtual-node}}]
    resourceRules:
    - {verbs: ["$1"], apiGroups: ["${2#-}"], resources: ["$3"], clusterScope: true, namespaces: ["*"]}
EOT
}

# start NAME COMMAND..: in the background; its first line goes to $dir/NAME.out, what it logs to
# $dir/NAME.log. Waits for that line.
start() {
  local deadline=$((SECONDS + 30)) pid
  part=$1
  # The line of an earlier start is not to be taken for this one's.
  rm -f "$dir/$1.out"
  "${@:2}" >"$dir/$1.out" 2>>"$dir/$1.log" </dev/null &
  pid=$!
  echo $pid >"$dir/$1.pid"
  until [[ -s $dir/$1.out ]]; do
    kill -0 $pid 2>/dev/null || fail "$1 ended at its start"
    ((SECONDS < deadline)) || fail "$1 did not say within 30 s where it listens"
    sleep 0.1
  done
}

# listening NAME WHAT: the address after WHAT= in the program's first line.
listening() { sed -n "1s/.*\b$2=\([^ ]*\).*/\1/p" "$dir/$1.out"; }

start_cloud() {
  local cloud_profile=$profile
  if [[ $profile == article ]]; then
    cloud_profile=$dir/article.yaml
    # The measured cloud had the image in its cache.
    cat "$tools_dir/fake_eci/profiles/article.yaml" - >"$cloud_profile" <<EOT
image_caches:
  - {id: imc-demo, name: demo, images: ["$image"]}
EOT
  fi
  start fake-eci "$bin/fake-eci" --listen 127.0.0.1:0 --control-listen 127.0.0.1:0 \
    --profile "$cloud_profile"
  openapi=$(listening fake-eci openapi)
  control=$(listening fake-eci control)
  echo "  fake cloud at $openapi"
}

start_agent() {
  local address metrics deadline=$((SECONDS + 60)) limits=documented
  address=$(hostname -I | tr ' ' '\n' | grep -m1 -E '^[0-9]+(\.[0-9]+){3}$') ||
    fail "this machine has no IPv4 address besides loopback"
  if [[ $profile == instant ]]; then limits=lifted; fi
  start virtual-node env ECI_REGION=cn-hangzhou ECI_VPC=vpc-demo ECI_VSWITCH=vsw-demo \
    ECI_SECURITY_GROUP=sg-demo ECI_ACCESS_KEY=test-key ECI_SECRET_KEY=test-secret \
    ALIYUN_CLUSTERID=demo ECI_ENDPOINT="$openapi" \
    "$bin/virtual-node" --pvtz-endpoint "$openapi" --kubeconfig "$identity" --node-ip "$address" \
    --kubelet-listen "$address:0" --metrics-listen 127.0.0.1:0 "${agent_names[@]}" \
    --cloud-limits "$limits"
  metrics=$(listening virtual-node metrics)
  until curl --silent --fail --max-time 2 --noproxy '*' --output /dev/null "$metrics/readyz"; do
    kill -0 "$(<"$dir/virtual-node.pid")" 2>/dev/null || fail "virtual-node ended at its start"
    ((SECONDS < deadline)) || fail "virtual-node was not ready within 60 s"
    sleep 0.1
  done
  until node_takes_pods; do
    ((SECONDS < deadline)) || fail "the control plane did not call the virtual node ready within 60 s"
    sleep 0.1
  done
  if $keep; then client_flags=(--keep); fi
  echo "  virtual node is ready"
}

# The control plane takes its taint from the node a moment after it saw the node ready.
node_takes_pods() {
  local taints
  taints=$(admin get node virtual-kubelet --output=jsonpath='{.spec.taints[*].key}') &&
    [[ $taints != *node.kubernetes.io/* ]]
}

# Ends with the client's exit code, and at once when a program ends that it needs.
run_client() {
  local programs=(fake-eci virtual-node) name status=0 ended=''
  part=''
  "$bin/demo-client" --kubeconfig "$dir/cluster/kubeconfig" --control "$control" \
    --agent-log "$dir/virtual-node.log" --executors "$executors" --profile "$profile" ${report:+--report "$report"} \
    ${allocation:+--allocation "$allocation"} ${batch:+--batch "$batch"} "${client_flags[@]}" &
  running=$!
  wait -n -p ended "$running" "$(<"$dir/fake-eci.pid")" "$(<"$dir/virtual-node.pid")" || status=$?
  for name in "${programs[@]}"; do
    [[ $ended == "$(<"$dir/$name.pid")" ]] || continue
    part=$name
    fail "$name ended in the middle of the demonstration, with exit code $status"
  done
  running=''
  return $status
}
