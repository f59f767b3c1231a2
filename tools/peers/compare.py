"""Times ae_cuda's CPU engine and PyTorch side by side, round by round, on the same CPU; prints a table, writes JSON.

    AE_DATA_DIR=… python tools/peers/compare.py --program build/release/ae_cuda --rounds 7 --json tools/results/cpu.json

PyTorch runs in each mode with the number of threads that was fastest in a trial of its own. Images/s count training
alone, without a program's first epoch; a figure counts only if both sides reach the same validation loss.
OPENBLAS_CORETYPE is taken out of the environment: some machines set it for all, to kernels of an older processor.
"""
import argparse
import csv
import datetime
import json
import os
import pathlib
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time

PROCESSORS = len(os.sched_getaffinity(0))
HERE = pathlib.Path(__file__).resolve().parent


def timed(command):
    """Standard output, wall seconds and processor seconds of a program."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    text = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return text, {"wall_s": time.perf_counter() - start, "cpu_s": used}


def run_ours(program, epochs):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "run"
        _, times = timed([program, "train", "--engine", "cpu", "--epochs", str(epochs), "--out", out, "--quiet"])
        rows = list(csv.DictReader((out / "metrics.csv").open()))
    return times | {"epochs": [{key: float(value) for key, value in row.items()} for row in rows]}


def run_torch(mode, threads, epochs):
    text, times = timed([sys.executable, HERE / "torch_train.py", f"--epochs={epochs}", f"--threads={threads}", f"--mode={mode}"])
    return times | json.loads(text)


def speed(run):
    """Images/s of an epoch, without the first, which warms up (or compiles)."""
    return statistics.median(epoch["images_per_s"] for epoch in run["epochs"][1:])


def best_threads(mode):
    counts = sorted({1, max(1, PROCESSORS // 2), PROCESSORS})
    return max(counts, key=lambda n: speed(run_torch(mode, n, 2)))


def cpu_model():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(": ")[1]
    return platform.processor()


def summary(name, runs):
    speeds = [speed(run) for run in runs]
    return {
        "name": name,
        "images_per_s": statistics.median(speeds),
        "fastest": max(speeds),
        "slowest": min(speeds),
        "wall_s": statistics.median(run["wall_s"] for run in runs),
        "cpu_s": statistics.median(run["cpu_s"] for run in runs),
        "val_loss": runs[-1]["epochs"][-1]["val_loss"],
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--modes", default="eager,compile")
    parser.add_argument("--json")
    arguments = parser.parse_args()

    os.environ.pop("OPENBLAS_CORETYPE", None)

    threads = {mode: best_threads(mode) for mode in arguments.modes.split(",")}
    runs = {"ae_cuda cpu": []} | {f"torch {mode}, {n} threads": [] for mode, n in threads.items()}
    for _ in range(arguments.rounds):
        runs["ae_cuda cpu"].append(run_ours(arguments.program, arguments.epochs))
        for mode, n in threads.items():
            runs[f"torch {mode}, {n} threads"].append(run_torch(mode, n, arguments.epochs))

    results = [summary(name, r) for name, r in runs.items()]
    ours = results[0]
    print(f"{cpu_model()}, {PROCESSORS} processors; {arguments.rounds} rounds of {arguments.epochs} epochs, interleaved")
    print(f"{'':26} {'images/s':>9} {'(slowest–fastest)':>19} {'ours/it':>8} {'CPU s':>7} {'val_loss':>9}")
    for r in results:
        r["ours_over_it"] = ours["images_per_s"] / r["images_per_s"]
        print(
            f"{r['name']:26} {r['images_per_s']:9.0f} {r['slowest']:9.0f}–{r['fastest']:<9.0f} "
            f"{r['ours_over_it']:8.2f} {r['cpu_s']:7.2f} {r['val_loss']:9.5f}"
        )
    if arguments.json:
        document = {
            "date": datetime.date.today().isoformat(),
            "cpu": cpu_model(),
            "processors": PROCESSORS,
            "program": subprocess.run([arguments.program, "--version"], stdout=subprocess.PIPE, text=True).stdout.strip(),
            "rounds": arguments.rounds,
            "epochs": arguments.epochs,
            "results": results,
        }
        pathlib.Path(arguments.json).write_text(json.dumps(document, indent=2) + "\n")
    if not all(abs(r["val_loss"] - ours["val_loss"]) < 0.01 * ours["val_loss"] for r in results):
        sys.exit("compare: the validation losses differ by more than 1 %, so the times do not count")


if __name__ == "__main__":
    main()
