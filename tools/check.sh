#!/usr/bin/env bash
# clang-tidy on the host code: all of it, or the files named. A few minutes; tools/test.sh leaves it out.
#
#   tools/check.sh [FILE…]
source "$(dirname "$0")/setup.sh"

install_missing "${build_packages[@]}" "${test_packages[@]}"
# Of its own, since clang-tidy would want the precompiled headers of a build that has been made.
stage tidy-configure "configure" cmake --preset asan -B build/tidy -DCMAKE_CXX_COMPILER=clang++ -DAE_FUZZ=ON \
  -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON
tidy() { printf '%s\0' "$@" | xargs -0 -n 1 -P "$(nproc)" clang-tidy --quiet -p build/tidy; }
(($#)) || mapfile -t files < <(git ls-files 'host/*.cpp')
stage tidy "clang-tidy" tidy "${@:-${files[@]}}"
