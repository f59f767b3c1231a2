"""The command line of every peer, its timing, and its output.

    AE_DATA_DIR=… python tools/peers/jax_scan.py --epochs 3 --precision fp32

A peer is a class: Training(options, data) builds the network and takes the data to the device, epoch(number) trains an
epoch, validates and returns (loss, val_loss) as floats, device says where. prepare(number), where there is one, does
before an epoch what ae_cuda does not do at all, and is not timed. One JSON object is printed:

    first_call_s   building, moving the data, compiling, recording and the first epoch; not imports, not reading files
    epoch_s        every epoch after the first, validation included
    process_s      from the start of the process to this line
"""
import argparse
import importlib.metadata
import json
import os
import platform
import time

import same


def parser():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--precision", choices=["fp32", "tf32"], default="fp32")
    parser.add_argument("--device", choices=["cpu", "gpu"], default="cpu")
    parser.add_argument("--threads", type=int, default=0, help="0: as the framework chooses")
    return parser


def options():
    return parser().parse_args()


def process_seconds():
    """Since this process began, from the kernel's clock of hundredths of a second."""
    with open("/proc/self/stat") as file:
        ticks = int(file.read().rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")


def timed_epoch(training, number):
    if hasattr(training, "prepare"):
        training.prepare(number)
    start = time.perf_counter()
    loss, val_loss = training.epoch(number)
    return time.perf_counter() - start, loss, val_loss


def run(peer, training_class, packages):
    asked = options()
    data = same.data(asked.epochs)
    start = time.perf_counter()
    training = training_class(asked, data)
    built = time.perf_counter() - start
    epochs = [timed_epoch(training, number) for number in range(asked.epochs)]
    seconds, losses, val_losses = zip(*epochs)
    print(
        json.dumps(
            {
                "peer": peer,
                "versions": {"python": platform.python_version()} | {p: importlib.metadata.version(p) for p in packages},
                "device": training.device,
                "precision": asked.precision,
                "threads": asked.threads,
                "first_call_s": built + seconds[0],
                "epoch_s": seconds[1:],
                "process_s": process_seconds(),
                "loss": losses,
                "val_loss": val_losses[-1],
            }
        )
    )
