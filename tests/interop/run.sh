#!/usr/bin/env bash
# Interchange against the real thing: numpy, pandas, Pillow, scikit-learn, scikit-image, safetensors, onnx and onnxruntime
# from PyPI, in a virtual environment that the build folder keeps. Ends with 77, saying why, where PyPI cannot be reached.
#
#   tests/interop/run.sh PROGRAM FOLDER      AE_INTEROP_TORCH=1: with PyTorch from PyPI as well, three gigabytes
#
# Without it PyTorch is tried where $AE_TORCH_PYTHON, .venv/ or the system's python3 has it.
set -euo pipefail
program=$1 work=$2 here=$(cd "$(dirname "$0")" && pwd)
packages=(numpy pandas Pillow scikit-learn scikit-image safetensors onnx onnxruntime)
[[ ${AE_INTEROP_TORCH:-} != 1 ]] || packages+=(torch)

skip() {  # in GoogleTest's manner, so that tools/test.sh finds it
  printf 'interop: Skipped\n%s\n' "$1"
  exit 77
}

make_environment() {
  rm -rf "$work/venv"
  python3 -m venv "$work/venv" || skip "python3 cannot make a virtual environment; install python3-venv"
  local pip=("$work/venv/bin/pip" --quiet --disable-pip-version-check)
  "${pip[@]}" --retries 0 --timeout 5 download --no-deps --dest "$work/probe" safetensors ||
    skip "PyPI cannot be reached: ${packages[*]} were not tried"
  "${pip[@]}" install "${packages[@]}"
  echo "${packages[@]}" >"$work/venv/packages"
}

mkdir -p "$work"
[[ $(cat "$work/venv/packages" 2>/dev/null) == "${packages[*]}" ]] || make_environment
AE_PROGRAM=$program "$work/venv/bin/python" "$here/../tools/own_data_test.py" --verbose  # worked examples on real data
exec "$work/venv/bin/python" "$here/interop.py" "$program" "$work/files"
