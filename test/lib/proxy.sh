# shellcheck shell=bash
# Sourced by tests whose checks ask the API server from Python: a `kubectl proxy` beside the lab. Needs lab.sh.

# shellcheck disable=SC2154 # work is lab.sh's
proxy_pid=''

end_lab_with_proxy() {
  [[ -z $proxy_pid ]] || kill -KILL "$proxy_pid" 2>/dev/null || true
  end_lab
}
trap end_lab_with_proxy EXIT

# start_proxy: sets server, its URL.
start_proxy() {
  "$work/cluster/bin/kubectl" --kubeconfig="$work/cluster/kubeconfig" proxy --port=0 >"$work/proxy.out" 2>"$work/proxy.log" &
  proxy_pid=$!
  disown "$proxy_pid"
  settles grep --quiet --no-messages ' on ' "$work/proxy.out"
  # shellcheck disable=SC2034 # for whoever sources this
  server=http://$(sed -n 's/.* on //p' "$work/proxy.out")
}

# check_running WHAT COMMAND..: one test, whose output is shown as it comes.
check_running() {
  local what=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    echo "ok      $what"
  else
    failed=$((failed + 1))
    echo "FAILED  $what"
    tail -n 15 "$work/agent.log"
  fi
}
