#!/usr/bin/env bash
# The real kubelet and the virtual node run the same pods: `test/differential/differential_test.sh --help` tells.
set -euo pipefail

usage() {
  cat <<'EOH'
test/differential/differential_test.sh [--verbose] [--lines] [CASE..]: applies each case of test/differential/cases, or those named,
to an ordinary node with the real kubelet and to the virtual node with real containers behind it, and compares status, logs, exit
codes, what the containers see, and events. What differs and is not in accepted.yaml fails; so does what is in it and no longer
differs. --verbose shows accepted differences as well, --lines all that the kubelet did. Programs from VK_BIN (build/release/bin).
Needs root, and builds the images when they are not there yet.
EOH
}

case " $* " in
  *" -h "* | *" --help "*) usage && exit ;;
esac
if ((EUID != 0)); then
  echo "left out: real containers need root"
  echo "0 passed, 0 failed"
  exit
fi
if [[ ${1-} != in-own-namespace ]]; then exec unshare --net "${BASH_SOURCE[0]}" in-own-namespace "$@"; fi
shift

# shellcheck source-path=SCRIPTDIR source=../../tools/lib/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../tools/lib/env.sh"
# shellcheck source-path=SCRIPTDIR source=../../tools/lib/demo.sh
source "$tools_dir/lib/demo.sh"
# shellcheck source-path=SCRIPTDIR source=../../tools/lib/free_network.sh
source "$tools_dir/lib/free_network.sh"
# shellcheck source-path=SCRIPTDIR source=../../tools/lib/spark_demo.sh
source "$tools_dir/lib/spark_demo.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/network.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/network.sh"

fail() {
  echo "test/differential/differential_test.sh: $*" >&2
  exit 1
}

root_dir=$(cd "$tools_dir/.." && pwd)
bin=${VK_BIN:-$root_dir/build/release/bin}
# What the parts in tools/lib read; without the cloud's limits, which are not what is compared.
# shellcheck disable=SC2034
profile=instant kind=false keep=false registry_images=(pause busybox) container_cloud_flags=(--flow-limits off)
dir=$(mktemp -d -t vk-differ.XXXXXX)

end_test() {
  end_running
  end_program kubectl
  remove_everything
}
trap end_test EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

start_everything() {
  make_network
  "$tools_dir/images" build "${registry_images[@]}" >/dev/null
  start_cluster --worker
  start_registry
  start_container_cloud
  start_agent
  start kubectl "$dir/cluster/bin/kubectl" --kubeconfig="$dir/cluster/kubeconfig" proxy --port=0
}

begin=$SECONDS
start_everything
for namespace in on-kubelet on-virtual; do admin create namespace "$namespace" >/dev/null; done
echo "started in $((SECONDS - begin)) s"
interruptible /usr/bin/python3 -B "$root_dir/test/differential/compare.py" --server "http://$(sed -n 's/.* on //p' "$dir/kubectl.out")" "$@"
