#!/usr/bin/env python3
"""The worked examples of host/use/README.md on real data, and the same data in the hands of other packages.

    python3 -m venv own-venv && own-venv/bin/pip install scikit-learn scikit-image pyod torch
    own-venv/bin/python tools/peers/own_data.py --prepare-only own            the files alone; needs no pyod and no torch
    own-venv/bin/python tools/peers/own_data.py build/release/ae_cuda --json tools/results/own-data.json

Cuts every set five times by a seed, runs the printed commands and the peers on the same rows, and prints a table: AUROC,
and the share of unseen normal rows that are called anomalous where 5 % were asked for. Ten minutes on two busy processors.
"""
import argparse
import csv
import datetime
import importlib.metadata
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bench"))

import machine
import results
from own_data_examples import EXAMPLES, prepare
from own_data_figures import figures, markdown_table, over_seeds, read_verdicts

RATE = 0.05
SEEDS = range(5)
PACKAGES = ["numpy", "scikit-learn", "scikit-image", "pyod", "torch"]


def run(program, command, folder):
    done = subprocess.run([program, *command.split()[1:]], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"own_data: {command}: {done.stderr.strip().splitlines()[-1]}")


def ours(program, example, parts, seed):
    """By the score that the program chooses, and by others."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        prepare(example, folder / "own", seed)
        begin = os.times()
        for command in example.commands(seed):
            run(program, command, folder)
        end = os.times()
        seconds = end.children_user + end.children_system - begin.children_user - begin.children_system
        verdicts = folder / f"{example.name}.csv"
        measured = {f"ae_cuda, {example.scores[0]}": read_verdicts(verdicts, parts, seconds)}
        for score in example.scores[1:]:
            run(program, f"{example.commands()[-1]} --score {score}", folder)
            measured[f"ae_cuda, {score}"] = read_verdicts(verdicts, parts)
        return measured


def theirs(example, parts, seed):
    import own_data_peers

    measured = {}
    for name, fit in own_data_peers.PEERS.items():
        rows = parts.flat()
        begin = time.process_time()
        score, own = fit(rows[0], example.code, seed)
        normal, anomalous = (score(part).tolist() for part in rows[1:])
        seconds = time.process_time() - begin
        limit = float(own_data_peers.threshold(own, RATE))
        alarms = (sum(s > limit for s in part) / len(part) for part in (normal, anomalous))
        measured[name] = figures(normal, anomalous, *alarms, seconds)
    return measured


def of_seed(program, example, seed):
    print(f"{example.name}, seed {seed} …", file=sys.stderr)
    parts = example.data_set.split(seed)
    return ours(program, example, parts, seed) | theirs(example, parts, seed)


def validation_error(program, example, candidate, seed):
    """The squared error of the rows that training held out, after the last epoch."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        prepare(example, folder / "own", seed)
        run(program, example.training(candidate, seed), folder)
        with (folder / "runs" / example.name / "metrics.csv").open() as file:
            return float(list(csv.DictReader(file))[-1]["val_mse"])


def choice(program, example):
    return {c: over_seeds([validation_error(program, example, c, seed) for seed in SEEDS]) for c in example.candidates}


def measure(program, example):
    measured = [of_seed(program, example, seed) for seed in SEEDS]
    sizes = example.data_set.split(0)
    return {
        "rows": {"train": len(sizes.train), "normal": len(sizes.normal), "anomalous": len(sizes.anomalous)},
        "commands": example.commands("SEED"),
        "default_score": example.scores[0],
        "validation_mse": choice(program, example),
        "methods": {
            method: {key: over_seeds([one[method][key] for one in measured]) for key in measured[0][method]}
            for method in measured[0]
        },
    }


def document_of(program, examples):
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return {
        "program": version,
        "date": datetime.date.today().isoformat(),
        "machine": machine.facts(),
        "versions": {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in PACKAGES},
        "false_alarm_rate": RATE,
        "sets": {example.name: measure(program, example) for example in examples},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", nargs="?", type=lambda text: str(pathlib.Path(text).resolve()))
    parser.add_argument("--prepare-only", metavar="FOLDER", type=pathlib.Path, help="write the examples' files, run nothing")
    parser.add_argument("--seed", type=int, default=0, help="of the files that --prepare-only writes")
    parser.add_argument("--only", help="one set: tumours, tissue or digits")
    parser.add_argument("--json", help="write the results to this file")
    arguments = parser.parse_args()
    if arguments.prepare_only:
        for example in EXAMPLES:
            print(f"wrote {prepare(example, arguments.prepare_only, arguments.seed)}")
        return
    if not arguments.program:
        parser.error("name the program, or a folder with --prepare-only")
    document = document_of(arguments.program, [e for e in EXAMPLES if arguments.only in (None, e.name)])
    print(markdown_table(document))
    if arguments.json:
        results.write(arguments.json, document)


if __name__ == "__main__":
    main()
