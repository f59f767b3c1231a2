# Shared by quickstart.sh and test.sh: packages, one line on the screen for each stage, configuring and building.
# Read by them with `source`; sets $root and goes there. Nothing here needs git: an archive of the sources will do.
# shellcheck shell=bash disable=SC2034
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
caller=$PWD
cd "$root"
mkdir -p build

build_packages=(g++ cmake ninja-build pkg-config ca-certificates libfmt-dev libcli11-dev nlohmann-json3-dev libpng-dev
                zlib1g-dev libcurl4-openssl-dev libssl-dev libopenblas-dev libturbojpeg0-dev
                libzip-dev libzstd-dev liblbfgs-dev libonnx-dev libprotobuf-dev)
test_packages=(libgtest-dev libgmock-dev clang clang-format clang-tidy libclang-rt-14-dev python3 python3-venv openmpi-bin libopenmpi-dev)

# How far a build or a run of tests has come, from the end of its log: "12/345"; nothing where the log does not say.
counter() {
  tail -c 2000 "$1" | grep -oE '^\[[0-9]+/[0-9]+\]|^ *[0-9]+/[0-9]+ Test' | tail -n 1 | tr -cd '0-9/'
}

# watch_stage TEXT LOG PID: in a terminal a counter until the process ends; a line a minute elsewhere.
watch_stage() {
  local begin=$SECONDS
  while kill -0 "$3" 2>/dev/null; do
    sleep 0.2
    if [[ -t 1 ]]; then
      printf '\r%-48s%10s%4d s' "$1" "$(counter "$2")" $((SECONDS - begin))
    elif (((SECONDS - begin) / 60 > minutes)); then
      minutes=$(((SECONDS - begin) / 60))
      printf '%-48s%10s%4d s\n' "$1" "$(counter "$2")" $((SECONDS - begin))
    fi
  done
}

# stage NAME TEXT COMMAND…: TEXT, a counter and the time it took on the screen, the output in build/NAME.log, shown where
# it fails. What interrupts this script ends the command too.
stage() {
  local log=build/$1.log begin=$SECONDS status=0 minutes=0 pid
  "${@:3}" >"$log" 2>&1 </dev/null &
  pid=$!
  trap 'kill "$pid" 2>/dev/null; wait "$pid"; exit 130' INT TERM
  watch_stage "$2" "$log" "$pid"
  wait "$pid" || status=$?
  trap - INT TERM
  [[ ! -t 1 ]] || printf '\r'
  printf '%-58s' "$2"
  if ((status)); then
    printf 'failed\n\n'
    tail -n 100 "$log"
    printf '\n%s: failed with status %s; all of its output: %s\n' "$2" "$status" "$root/$log" >&2
    exit 1
  fi
  printf '%4d s\n' $((SECONDS - begin))
}

apt_install() {
  local as_root=(env DEBIAN_FRONTEND=noninteractive)
  ((EUID == 0)) || as_root=(sudo "${as_root[@]}")
  # An update can fail over a repository that is not ours; the install then says what is really missing.
  "${as_root[@]}" apt-get update || true
  "${as_root[@]}" apt-get install -y --no-install-recommends "$@"
}

# install_missing PACKAGE…: nothing where all are there.
install_missing() {
  local missing=() package
  if ! command -v apt-get >/dev/null; then
    echo "This is no Debian: the build needs what Debian calls $*"
    return
  fi
  for package in "$@"; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  if ((EUID != 0)) && ! command -v sudo >/dev/null; then
    echo "Packages are missing, and installing them needs root or sudo. As root, run:" >&2
    echo "  apt-get update && apt-get install -y --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  stage packages "install ${#missing[@]} packages" apt_install "${missing[@]}"
}

# The architecture of the GPUs here; without any, code for all of them: 8.6 and 8.9 run that of 8.0, and later ones
# compile the PTX of 9.0 when they start. PTX of 7.5 alone would leave them without the kernels for tensor cores.
gpu_architectures() {
  local found
  found=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null | tr -d . |
          awk '$1 >= 75 { print $1 "-real" }' | sort -u | paste -sd ';') || true
  echo "${found:-75-real;80-real;90}"
}

# The project's own files that match a pattern, each ended by a zero byte: those that git knows or, in an archive, all.
sources() {
  if [[ -e .git ]]; then
    git ls-files -z "$@"
  else
    local pattern
    for pattern in "$@"; do find . -path ./build -prune -o -type f -path "./$pattern" -print0; done
  fi
}

# configure PRESET [-D…]: every time, so that an nvcc or a GPU that came later is found.
configure() {
  local preset=$1 launcher=()
  # ccache knows a file by what it includes, which a precompiled header would hide.
  command -v ccache >/dev/null && launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_CUDA_COMPILER_LAUNCHER=ccache
                                            -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON)
  stage "$preset-configure" "configure ($preset)" cmake --preset "$preset" \
    -DCMAKE_CUDA_ARCHITECTURES="$(gpu_architectures)" "${launcher[@]}" "${@:2}"
}

# build PRESET TEXT
build() {
  stage "$1-build" "$2" cmake --build --preset "$1" -j "$(nproc)"
}

# Which GPU engines a configured build has, and why.
say_gpu_engines() {
  sed -n 's/^-- \(GPU engines: .*\)/\1/p' "$root/build/$1-configure.log"
}
