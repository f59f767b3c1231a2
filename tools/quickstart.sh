#!/usr/bin/env bash
# From a fresh clone to a trained autoencoder: installs what is missing, builds, trains 10 epochs on MNIST.
#
#   tools/quickstart.sh [options of ae_cuda train]      e.g. tools/quickstart.sh --epochs 3 --engine cpu
source "$(dirname "$0")/setup.sh"

program=$root/build/release/ae_cuda

# The folder of the run just ended: the one that --out or --resume named, otherwise the latest.
run_folder() {
  local previous=""
  for argument in "$@"; do
    case $previous in --out | --resume) [[ $argument == -* ]] || { echo "$argument"; return; } ;; esac
    case $argument in --out=* | --resume=*) echo "${argument#*=}"; return ;; esac
    previous=$argument
  done
  find runs -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d ' ' -f 2-
}

# Trains; on digits that the program draws where MNIST is neither here nor to be had (exit 3). Sets bench_data to what
# bench is to be told, so that it finds data too.
train() {
  local status=0
  bench_data=""
  [[ " $* " != *" --data"[\ =]* ]] || bench_data=" --data synthetic"
  "$program" train "$@" || status=$?
  if ((status == 3)) && [[ -z $bench_data ]]; then
    printf '\nWithout MNIST (see above) this trains on synthetic digits, which ae_cuda draws itself.\n\n'
    bench_data=" --data synthetic"
    status=0
    "$program" train --data synthetic "$@" || status=$?
  fi
  return $status
}

install_missing "${build_packages[@]}"
configure release
build release "build ae_cuda"
say_gpu_engines release
cd "$caller"
echo
train "$@" || exit $?

run=$(run_folder "$@")
printf -v command '%q' "${program#"$caller/"}"  # as a shell takes it, whatever the folder is called
printf -v pasted_run '%q' "$run"
cat <<END

The picture:  $run/reconstructions.png    originals above, reconstructions below
The model:    $run/model.safetensors      opens in PyTorch with safetensors.torch.load_file
The metrics:  $run/metrics.csv            one line an epoch

What to try next:
  $command reconstruct $pasted_run --show    # images in this terminal
  $command eval $pasted_run    # BCE, MSE, PSNR and SSIM
  $command --config $pasted_run/config.json --layers 256-32-256 --epochs 20    # another network
  $command bench$bench_data    # how fast this machine trains
  $command --help    # all there is
END
