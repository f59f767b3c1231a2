#!/usr/bin/env bash
# Builds everything and runs the tests: formatting, g++ without a warning, the kernels on the emulator, with CUDA where
# nvcc is found. A quarter of an hour on two processors.
#
#   tools/test.sh [--all] [options of ctest]      e.g. tools/test.sh -R adam; $AE_DATA_DIR names a folder that holds mnist/
#
# --all: also the emulated kernels and all steps of all engines under AddressSanitizer and UBSan, and the kernels under
# ThreadSanitizer; the compiler's report on kernels for every GPU; the long form of the tests that run what nvcc compiled
# (tests/ptx/); files exchanged with other programs (interop), ranks that fail, and the tools; then the host code with
# clang++, without CUDA, under AddressSanitizer and UBSan, and the fuzzers.
source "$(dirname "$0")/setup.sh"

fuzz_seconds=${AE_FUZZ_SECONDS:-10}

check_format() {
  python3 tools/words.py || return
  sources '*.cpp' '*.h' '*.cu' | xargs -0 clang-format --dry-run -Werror
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
  sources 'tests/fuzz/*_fuzz.cpp' | xargs -0 -n 1 -P "$(nproc)" bash -c 'fuzz "$(basename "$1" _fuzz.cpp)"' fuzz
}

# ctest, its summary last; before it, why tests were skipped.
run_tests() {
  local status=0
  ctest --preset dev -j "$(nproc)" ${all:+-C long} "$@" >build/test.log 2>&1 &
  local pid=$! minutes=0
  trap 'kill "$pid" 2>/dev/null; wait "$pid"; exit 130' INT TERM
  watch_stage "tests" build/test.log "$pid"
  wait "$pid" || status=$?
  trap - INT TERM
  [[ ! -t 1 ]] || printf '\r%-62s\r' ''
  sed '/tests passed,/,$d' build/test.log
  grep -h -A1 ': Skipped$' build/dev/Testing/Temporary/LastTest.log | grep -v -e ': Skipped$' -e '^--$' | sort |
    uniq -c | sed 's/^ *\([0-9]*\)/Skipped, \1 tests:/' || true
  sed -n '/tests passed,/,$p' build/test.log
  return $status
}

# The same tests under another compiler and its sanitizers, and what libFuzzer finds.
run_sanitizers() {
  configure asan -DCMAKE_CXX_COMPILER=clang++ -DAE_FUZZ=ON
  build asan "build with clang++, sanitizers, no CUDA"
  stage asan-test "tests under ASan and UBSan" ctest --preset asan -j "$(nproc)" -LE slow
  stage fuzz "fuzzers, $fuzz_seconds s each" fuzz_all
}

# Without a GPU the kernels are only compiled here: one kind of GPU is enough, unless every test is asked for.
one_architecture() {
  [[ -n $all || $(gpu_architectures) != *\;* ]] || echo -DCMAKE_CUDA_ARCHITECTURES=90
}

all=
[[ ${1:-} != --all ]] || { all=1; shift; }
install_missing "${build_packages[@]}" "${test_packages[@]}"
stage format "formatting and words" check_format
configure dev -DAE_ALL_TESTS="${all:-0}" $(one_architecture)
build dev "build with g++"
say_gpu_engines dev
[[ -z $all ]] || run_sanitizers
run_tests "$@"
