# shellcheck shell=bash
# Sourced by tools/test: one function check_STEP for each step, run in the checkout's root with
# `set -e`. Needs env.sh, build.sh and sdks.sh.

programs=(virtual-node fake-eci ecictl demo-client)
# Unit tests of what has a second thread.
tsan_tests=(base_test fake_eci_server_test)

# sources PATTERN..: files of the checkout, committed or about to be.
sources() { git ls-files --cached --others --exclude-standard -- "$@"; }

check_setup() {
  "$tools_dir/setup"
  install_sdks
}

check_format() { sources '*.cc' '*.h' | xargs clang-format-19 --dry-run -Werror; }

check_shell() {
  # tools/lib/ through those that source it.
  shellcheck --external-sources --check-sourced .ci/run tools/{build,cluster,demo,images,setup,test} tools/image_defs/*/*.sh \
    test/bench/*.sh test/differential/*.sh test/e2e/*.sh test/integration/*.sh
}

check_architecture() {
  tools/check_architecture
  test/integration/check_architecture_test.py
}

check_control_plane() { tools/cluster build --worker; }

check_build() { build release "${programs[@]}" simulation_test; }

check_unit() {
  build asan
  run_ctest asan --label-regex '^unit$'
}

check_fuzz() {
  build asan
  run_ctest asan --label-regex '^fuzz$'
}

check_simulation() {
  build release simulation_test
  build/release/bin/simulation_test --seeds=1500 --jobs="$(nproc)"
  fresh_seeds 1500
  same_in_two_processes build/release/bin/simulation_test --seeds=50 --hash-only
  build asan simulation_test
  build/asan/bin/simulation_test --seeds=100
}

# fresh_seeds COUNT: runs seeds that nothing was mended for. Their first comes from the hash of the
# tree: a second run meets the same, another tree meets others. They report and do not gate until
# 200,000 of them hold.
fresh_seeds() {
  local tree first
  tree=$(git -C "$root_dir" rev-parse 'HEAD^{tree}')
  first=$((16#${tree:0:10} + 100000000))
  build/release/bin/simulation_test --gtest_filter='*EveryInvariant*' --jobs="$(nproc)" \
    --first-seed="$first" --seeds="$1" --tree="$tree" ||
    echo "FRESH SEEDS FAILED: see above; repeat one with --first-seed=SEED --seeds=1"
}

# same_in_two_processes COMMAND..: fails when two runs print different things. The address space and
# the order of maps differ between processes; nothing a run prints may.
same_in_two_processes() { diff <("$@") <("$@"); }

check_tsan() {
  export TSAN_OPTIONS="suppressions=$root_dir/test/tsan_suppressions.txt"
  local names
  build tsan "${tsan_tests[@]}"
  names=$(IFS='|' && echo "${tsan_tests[*]}")
  run_ctest tsan --tests-regex "^($names)\$"
}

# run_ctest PRESET FLAG..: fails as well when no test fits.
run_ctest() {
  ctest --test-dir "build/$1" --output-on-failure --no-tests=error --parallel "$(nproc)" "${@:2}"
}

check_tidy() { sources '*.cc' ':!test/' | tidy; }

# A changed header is looked at through the source of its name.
check_tidy_changed() {
  local base
  base=$(git merge-base HEAD origin/main 2>/dev/null) || base=''
  if [[ -z $base || $base == "$(git rev-parse HEAD)" ]]; then
    base=$(git rev-parse --verify --quiet HEAD~1) || { check_tidy && return; }
  fi
  { git diff --name-only --diff-filter=d "$base" && sources --others; } |
    sed -n '\#^test/#d; s/\.\(cc\|h\)$/.cc/p' | sort -u |
    while read -r file; do if [[ -e $file ]]; then echo "$file"; fi; done | tidy
}

# tidy: checks the sources named on standard input; the build makes the generated headers.
tidy() {
  build asan
  xargs --no-run-if-empty --max-args=1 --max-procs="$(nproc)" clang-tidy-19 -p build/asan --quiet
}

check_integration() {
  local test status=0
  for test in test/integration/*.sh; do
    echo "== $test"
    "$test" || status=1
  done
  return $status
}

check_differential() {
  test/differential/compare_test.py
  test/differential/differential_test.sh
}

check_images() { tools/images build; }

check_e2e() {
  local report=build/test-logs/demo.json layout
  tools/demo --runtime simulated --profile instant --executors 20 --report "$report"
  jq --exit-status '.schema == 1 and .executors == 20 and .leaked_groups == 0 and
    .doubled_groups == 0 and .eci_calls.CreateContainerGroup == 21' "$report"
  for layout in b c; do
    report=build/test-logs/spark-$layout.json
    tools/demo --layout "$layout" --report "$report"
    # Four executors; in layout b the driver, and what submits it.
    jq --exit-status --argjson groups "$([[ $layout == b ]] && echo 6 || echo 4)" \
      '.counted == .expected and (.groups | length) == $groups' "$report"
  done
  test/e2e/spark_test.sh
}

check_long() {
  build release "${programs[@]}"
  test/bench/spark.sh
  test/e2e/spark_data_test.sh
}
