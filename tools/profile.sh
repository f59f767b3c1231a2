#!/usr/bin/env bash
# Profiles a few training steps with Nsight, or prints the command where Nsight is not installed.
#
#   tools/profile.sh nsys [options of ae_cuda train]     a timeline of steps 100 to 109: build/ae.nsys-rep
#   tools/profile.sh ncu  [options of ae_cuda train]     every kernel of two steps in detail: build/ae.ncu-rep
#
# $STEPS=A:B chooses other steps; they are counted from 0 and the first hundred warm up.
source "$(dirname "$0")/setup.sh"

tool=${1:-}
[[ $tool == nsys || $tool == ncu ]] || { sed -n '2,7s/^# \{0,1\}//p' tools/profile.sh >&2; exit 2; }
shift
train=("$root/build/release/ae_cuda" train --engine cublas --profile-steps)
if [[ $tool == nsys ]]; then
  command=(nsys profile --trace="cuda,nvtx,cublas" --sample=none --cuda-graph-trace=node --capture-range=cudaProfilerApi
           --capture-range-end=stop --force-overwrite=true --output="$root/build/ae" "${train[@]}" "${STEPS:-100:110}" "$@")
else
  # Kernels inside a graph that is replayed are not seen one by one: the same kernels are launched directly.
  command=(ncu --profile-from-start off --set full --import-source yes --force-overwrite --export "$root/build/ae"
           "${train[@]}" "${STEPS:-100:102}" --no-graph "$@")
fi
if ! command -v "$tool" >/dev/null; then
  echo "$tool is not installed here; it comes with NVIDIA's CUDA toolkit (nsight-systems, nsight-compute). The command is:" >&2
  echo "${command[*]}"
  exit
fi
install_missing "${build_packages[@]}"
configure release
build release "build ae_cuda"
cd "$caller"
exec "${command[@]}"
