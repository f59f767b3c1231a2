#!/usr/bin/env bash
# All uses of a trained model, on real data: every command is shown and run, and its results are pointed out.
#
#   tools/tour.sh [FOLDER]      pictures and files go there (default: tour); under five minutes on two processors
source "$(dirname "$0")/setup.sh"

program=$root/build/release/ae_cuda

section() {
  printf '\n\033[1m%s\033[0m\n' "$1"
  shift
  printf '%s\n' "$@"
}

# Shows a command as a person would type it, and runs it.
try() {
  printf '\n  $ ae_cuda'
  printf ' %q' "$@"
  printf '\n'
  "$program" "$@" 2>&1 | sed 's/^/    /'
}

look() {
  printf '  → %s\n' "$@"
}

train_and_look() {
  section "1. Train" "784 pixels through 64 numbers and back; ten epochs, and a folder with all that a run leaves."
  try train --epochs 10 --out first
  look "first/reconstructions.png"
  try eval first
  try reconstruct first --count 6 --show
  try report first -o first.html
  look "first.html: curves, worst and best cases, the codes in two dimensions"
}

codes() {
  section "2. Codes" "What the network keeps of an image is an array that NumPy reads, and decode goes back."
  try encode first mnist -o codes.npy
  try decode first codes.npy -o decoded.npy
  try probe first
}

denoise() {
  section "3. Denoise" "Trained on noise of any strength; compared with a median filter and the best linear map."
  try train --preset denoise --out denoiser --quiet
  try denoise denoiser mnist --add-noise gaussian:0.3 --report -o denoised.png
  look "denoised.png: noisy, restored, clean"
}

anomalies() {
  section "4. Anomalies" "Trained on sevens alone, a tenth of them held out for a threshold that calls one normal image in twenty anomalous."
  try train --preset anomaly --digits 7 --val split:0.1 --out sevens --quiet
  try anomaly fit sevens --digits 7 -o sevens.safetensors
  try anomaly score sevens.safetensors mnist --error-maps errors.png --quiet
  look "errors.png: the pixels that the network failed to reproduce"
}

compress() {
  section "5. Compress" "Codes of 5 bits a number, entropy-coded: 32 bytes an image, any of which can be had alone."
  try compress first mnist --bits 5 -o digits.aez
  try decompress digits.aez --model first --range 0:20 -o unpacked.png
  look "unpacked.png"
  try rd first
}

elsewhere() {
  section "6. Take it elsewhere" "ONNX for any runtime, .npz for NumPy, safetensors for PyTorch; and a card of any file."
  try export first -o first.onnx --check
  try export first --part encoder -o encoder.npz
  try inspect first
}

inside() {
  section "7. Look inside" "A step, part by part, compared with the limits of this processor; and the stages of starting up."
  try explain
  try bench --startup
}

install_missing "${build_packages[@]}"
configure release
build release "build ae_cuda"
say_gpu_engines release
cd "$caller"
mkdir -p "${1:-tour}"
cd "${1:-tour}"
[[ ! -e first ]] || { echo "$PWD/first: is there from an earlier tour; name another folder, or remove this one" >&2; exit 2; }
begin=$SECONDS
train_and_look
codes
denoise
anomalies
compress
elsewhere
inside
section "That was all of it, in $((SECONDS - begin)) seconds." "The files are in $PWD. ae_cuda COMMAND --help tells more about each."
