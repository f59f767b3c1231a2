#!/usr/bin/env bash
# Ranks as Slurm's srun starts them: a Slurm of one machine in a folder of its own, and the program on it. By hand, as root:
#
#   apt-get install slurm-wlm munge && tests/mpi/slurm.sh build/dev/ae_cuda
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
program=$(realpath "$1")
folder=$(mktemp -d)
training=(train --data "$folder/data" --layers 16-8-16 --engine cpu --threads 1 --batch-size 20)
export SLURM_CONF=$folder/slurm.conf

has_begun_munge=

end() {
  kill $(cat "$folder"/*.pid 2>/dev/null) 2>/dev/null || true
  [[ -z $has_begun_munge ]] || runuser -u munge -- munged --stop
  rm -rf "$folder"
}
trap end EXIT

begin_munge() {
  ! munge -n >/dev/null 2>&1 || return 0
  install -d -o munge -g munge /run/munge
  runuser -u munge -- munged
  has_begun_munge=1
}

begin_slurm() {
  mkdir "$folder/state" "$folder/spool"
  cat >"$SLURM_CONF" <<END
ClusterName=one
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=1000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
  slurmctld
  slurmd -f "$SLURM_CONF" -N "$(hostname -s)"
  for _ in $(seq 100); do
    [[ $(sinfo -h -o %t) != idle ]] || return 0
    sleep 0.2
  done
  echo "Slurm does not come up: $(sinfo -h)" >&2
  return 1
}

# start MPI RANKS OPTION…: a training by srun.
start() {
  srun --quiet --overcommit "$1" -n "$2" "$program" "${training[@]}" "${@:3}"
}

# Two runs have one set of weights.
same() {
  PYTHONPATH=$here python3 - "$folder/$1" "$folder/$2" <<'END'
import pathlib
import sys
from program import tensors
one, other = (tensors(pathlib.Path(folder) / "model.safetensors") for folder in sys.argv[1:])
sys.exit(one != other)
END
}

# What is done is told, and the first failure ends the script.
it() {
  printf '%s\n' "$1"
  "${@:2}"
}

ranks_have_the_bits_of_one_process() {
  "$program" "${training[@]}" --shards 8 --epochs 3 --out "$folder/one" 2>/dev/null
  for n in 2 4; do
    start --mpi=pmix "$n" --shards 8 --epochs 3 --out "$folder/of$n" 2>"$folder/of$n.txt"
    grep -q "$n on 1 machine by Open MPI" "$folder/of$n.txt"
    same one "of$n"
  done
}

# stopped FOLDER OPTION…: after its first epoch a training gets a signal from scancel; it leaves a checkpoint.
stopped() {
  local run=$folder/$1 status=0
  start --mpi=pmix 2 --epochs 1000000 --out "$run" 2>"$run.txt" &
  until [[ -s $run/metrics.csv ]]; do sleep 0.2; done
  sleep 0.5
  scancel "${@:2}" --user root
  wait $! || status=$?
  ((status > 128))
  grep -q 'the checkpoint is written' "$run.txt"
  [[ -s $run/checkpoint.safetensors ]]
}

a_rank_that_fails_ends_all() {
  local status=0
  start --mpi=pmix 2 --epochs 3 --out /proc/none 2>"$folder/failed.txt" || status=$?
  ((status == 8))
  grep -q 'rank 0: /proc/none: cannot create' "$folder/failed.txt"
}

a_killed_rank_ends_all() {
  local run=$folder/killed status=0
  start --mpi=pmix 2 --epochs 1000000 --checkpoint-every 1 --out "$run" 2>/dev/null &
  until [[ -s $run/checkpoint.safetensors ]]; do sleep 0.2; done
  pkill -KILL -n -f "$run"
  wait $! || status=$?
  ((status != 0))
  "$program" inspect "$run/checkpoint.safetensors" >/dev/null
}

without_mpi_each_is_told_that_it_works_alone() {
  start --mpi=none 2 --epochs 1 --out "$folder/apart" 2>"$folder/apart.txt" || true  # one of two has the folder
  grep -q 'srun has started 2 processes that know nothing of each other' "$folder/apart.txt"
}

begin_munge
begin_slurm
PYTHONPATH=$here python3 -c 'import pathlib, program, sys; program.write_images(pathlib.Path(sys.argv[1]), 300, 600)' \
  "$folder/data"
it "ranks have the bits of one process" ranks_have_the_bits_of_one_process
it "scancel leaves a checkpoint" stopped terminated
it "scancel --signal=USR1 leaves a checkpoint" stopped interrupted --signal=USR1
it "a rank that fails ends all" a_rank_that_fails_ends_all
it "a killed rank ends all" a_killed_rank_ends_all
it "without MPI each is told that it works alone" without_mpi_each_is_told_that_it_works_alone
echo "all passed"
