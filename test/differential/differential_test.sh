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
# shellcheck source-path=SCRIPTDIR source=../lib/real_cluster.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/real_cluster.sh"
# Without the cloud's limits, which are not what is compared.
# shellcheck disable=SC2034 # for real_cluster.sh
profile=instant registry_images=(pause busybox) container_cloud_flags=(--flow-limits off)
in_own_network "$@"
shift

end_test() {
  end_running
  end_program kubectl
  remove_everything
}
make_test_folder

begin=$SECONDS
start_everything
start kubectl "$dir/cluster/bin/kubectl" --kubeconfig="$dir/cluster/kubeconfig" proxy --port=0
for namespace in on-kubelet on-virtual; do admin create namespace "$namespace" >/dev/null; done
echo "started in $((SECONDS - begin)) s"
interruptible /usr/bin/python3 -B "$root_dir/test/differential/compare.py" --server "http://$(sed -n 's/.* on //p' "$dir/kubectl.out")" "$@"
