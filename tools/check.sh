#!/usr/bin/env bash
# clang-tidy on the host code: all of it, or the files named. A few minutes; tools/test.sh leaves it out.
#
#   tools/check.sh [FILE…]
source "$(dirname "$0")/setup.sh"

install_missing "${build_packages[@]}" "${test_packages[@]}"
configure asan -DCMAKE_CXX_COMPILER=clang++ -DAE_FUZZ=ON
tidy() { printf '%s\0' "$@" | xargs -0 -n 1 -P "$(nproc)" clang-tidy --quiet -p build/asan; }
(($#)) || mapfile -t files < <(git ls-files 'host/*.cpp')
stage tidy "clang-tidy" tidy "${@:-${files[@]}}"
