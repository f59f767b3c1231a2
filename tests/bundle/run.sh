#!/usr/bin/env bash
# Tries the bundle where nothing is installed: on the smallest root file systems of Debian 12 and 13, as a user who is not
# root, with an empty environment.
#
#   cmake --preset bundle && cmake --build --preset bundle && cpack --preset bundle
#   tests/bundle/run.sh [ARCHIVE]        (as root, with debootstrap; default: build/bundle/ae_cuda-*.tar.xz)
#
# The file systems stay in build/roots, so that a second run needs no network.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
archive=${1:-$(ls -t "$root"/build/bundle/ae_cuda-*.tar.xz | head -n 1)}
releases=(bookworm trixie)

# Whoever runs C++ programs has libstdc++; everything else comes with the bundle.
make_root() {
  [[ ! -e $1/usr/lib/x86_64-linux-gnu/libstdc++.so.6 ]] || return 0
  rm -rf "$1"
  debootstrap --variant=minbase --include=libstdc++6 "$2" "$1" >"$1.log" 2>&1 || { tail "$1.log"; return 1; }
}

# try_in FOLDER: what a stranger would do first.
try_in() {
  rm -rf "$1/home/stranger"
  mkdir -p "$1/home/stranger"
  tar -xJf "$archive" -C "$1/home/stranger" --strip-components=1
  chown -R 1000:1000 "$1/home/stranger"
  mountpoint -q "$1/proc" || mount -t proc proc "$1/proc"  # by which the loader knows the program's folder
  mountpoint -q "$1/dev" || mount --bind /dev "$1/dev"
  chroot --userspec=1000:1000 "$1" /usr/bin/env -i HOME=/home/stranger PATH=/home/stranger/bin:/usr/bin:/bin bash -euc '
    cd
    missing=$(ldd bin/ae_cuda | grep "not found" || true)
    [[ -z $missing ]] || { echo "missing: $missing"; exit 1; }
    ae_cuda --version
    ae_cuda --data synthetic --epochs 1 --engine cpu --out run --quiet
    ae_cuda eval run
    ae_cuda encode run synthetic -o codes.npy
    ae_cuda compress run synthetic --bits 5 -o t.aez
    ae_cuda export run -o ae.onnx --check
    ae_cuda reconstruct run -o grid.png
    ae_cuda --data mnist --epochs 1 2>&1 | tail -n 3 || true   # says what it tried where there is no network
    code=0; ae_cuda --data synthetic --engine cublas --epochs 1 || code=$?
    [[ $code == 5 ]]'
}

leave() { for folder in "$root"/build/roots/*/{proc,dev}; do umount "$folder" 2>/dev/null || true; done; }
trap leave EXIT

for release in "${releases[@]}"; do
  echo "== $release"
  mkdir -p "$root/build/roots"
  make_root "$root/build/roots/$release" "$release"
  try_in "$root/build/roots/$release"
done
echo "the bundle runs on: ${releases[*]}"
