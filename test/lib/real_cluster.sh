# shellcheck shell=bash
# Sourced by tests with real containers on both sides: a control plane with an ordinary node, the fake cloud and the virtual node, in
# the folder $dir and in a network namespace of their own. Programs from VK_BIN. The test may change registry_images and
# container_cloud_flags.

# shellcheck source-path=SCRIPTDIR source=../../tools/lib/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../tools/lib/env.sh"
# shellcheck source-path=SCRIPTDIR source=../../tools/lib/demo/demo.sh
source "$tools_dir/lib/demo/demo.sh"
# shellcheck source-path=SCRIPTDIR source=../../tools/lib/demo/free_network.sh
source "$tools_dir/lib/demo/free_network.sh"
# shellcheck source-path=SCRIPTDIR source=../../tools/lib/demo/spark_demo.sh
source "$tools_dir/lib/demo/spark_demo.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/network.sh
source "$(dirname "${BASH_SOURCE[0]}")/network.sh"

root_dir=$(cd "$tools_dir/.." && pwd)
bin=${VK_BIN:-$root_dir/build/release/bin}
# What the parts in tools/lib read.
# shellcheck disable=SC2034
kind=false keep=false

fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

# A test may have one of its own.
before_namespace() { "$tools_dir/images" build "${registry_images[@]}" registry >/dev/null; }

# make_test_folder: sets dir; the test has a function end_test, which runs at its end.
make_test_folder() {
  dir=$(mktemp -d -t vk-test.XXXXXX)
  trap end_test EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

start_everything() {
  make_network
  start_cluster --worker
  start_registry
  start_container_cloud
  start_agent
}
