#!/usr/bin/env bash
# Builds everything and runs every test: formatting, g++ and clang++ without a warning, with CUDA where nvcc is found and
# without it, under AddressSanitizer and UBSan, the fuzzers, and last the tests of the build that people use.
#
#   tools/test.sh [options of ctest]      e.g. tools/test.sh -R adam; $AE_DATA_DIR names a folder that holds mnist/
source "$(dirname "$0")/setup.sh"

fuzz_seconds=${AE_FUZZ_SECONDS:-10}

check_format() {
  git ls-files -z '*.cpp' '*.h' '*.cu' | xargs -0 clang-format --dry-run -Werror
}

# One fuzzer for a while, from the inputs in the repository; what it finds new stays in build/.
fuzz() {
  local name=$1 seeds=("tests/fuzz/corpus/$1")
  [[ -d ${seeds[0]} ]] || seeds=()
  mkdir -p "build/corpus/$name"
  "build/asan/tests/${name}_fuzz" -max_total_time="$fuzz_seconds" -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 \
    -artifact_prefix="build/corpus/$name-" "build/corpus/$name" "${seeds[@]}"
}

fuzz_all() {
  export -f fuzz
  export fuzz_seconds
  git ls-files -z 'tests/fuzz/*_fuzz.cpp' | xargs -0 -n 1 -P "$(nproc)" bash -c 'fuzz "$(basename "$1" _fuzz.cpp)"' fuzz
}

# ctest, its summary last; before it, why tests were skipped.
run_tests() {
  local status=0
  ctest --preset dev -j "$(nproc)" "$@" >build/test.log 2>&1 || status=$?
  sed '/tests passed,/,$d' build/test.log
  grep -h -A1 ': Skipped$' build/dev/Testing/Temporary/LastTest.log | grep -v -e ': Skipped$' -e '^--$' | sort |
    uniq -c | sed 's/^ *\([0-9]*\)/Skipped, \1 tests:/' || true
  sed -n '/tests passed,/,$p' build/test.log
  return $status
}

install_missing "${build_packages[@]}" "${test_packages[@]}"
stage format "formatting" check_format
configure dev
build dev "build with g++"
say_gpu_engines dev
configure asan -DCMAKE_CXX_COMPILER=clang++ -DAE_FUZZ=ON
build asan "build with clang++, sanitizers, no CUDA"
stage asan-test "tests under ASan and UBSan" ctest --preset asan -j "$(nproc)" -LE slow
stage fuzz "fuzzers, $fuzz_seconds s each" fuzz_all
run_tests "$@"
