"""Signals at random moments: a training leaves a checkpoint, and resumed it ends as undisturbed."""
import dataclasses
import signal
import time

import commands
from kills import go_on
from program import finish
from results_of import essences
from trial import Trial

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
HARMLESS = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCONT, signal.SIGWINCH)
SHORT = commands.BY_NAME["train"]
LONG = dataclasses.replace(SHORT, name="long training", words=SHORT.words.replace("--epochs 3", "--epochs 400"))


def checkpoint_complaints(folder, outcome):
    """A training that ends by its own handler says that the checkpoint is written; then it is."""
    promised = outcome.code >= 128 and b"checkpoint is written" in outcome.err
    there = (folder / "new/checkpoint.safetensors").exists()
    found = []
    if promised and not there:
        found.append("says that the checkpoint is written, and it is not there")
    if outcome.code >= 128 and (folder / "new/metrics.csv").exists() and not there:
        found.append(f"exit {outcome.code} without a checkpoint")
    return found


def stopped(laboratory, number, delay, twice):
    with laboratory.place() as folder:
        process = laboratory.program.start(LONG.arguments(), folder)
        time.sleep(delay)
        process.send_signal(number)
        if twice:
            process.send_signal(number)
        outcome = finish(process)
        found = outcome.complaints({number})
        if outcome.code > 0 and outcome.code != 128 + number:
            found.append(f"exit {outcome.code} after {number.name}")
        if not twice:
            found += checkpoint_complaints(folder, outcome)
        return found + go_on(laboratory, LONG, folder)  # in two goes the same weights as in one


def unmoved(laboratory, command, number, delay):
    """A signal that means nothing to the command changes nothing."""
    with laboratory.place() as folder:
        before = essences(folder, command.outputs)
        process = laboratory.program.start(command.arguments(), folder)
        time.sleep(delay)
        process.send_signal(number)
        outcome = finish(process)
        found = outcome.complaints({number})
        return found + laboratory.reference(command).complaints(before, essences(folder, command.outputs), outcome.code == 0)


def random_moments(laboratory, rng):
    while True:
        number, delay, twice = rng.choice(ENDING), rng.uniform(0, 0.4), rng.random() < 0.2
        yield Trial(f"train, {number.name}{' twice' if twice else ''} after {delay * 1e3:.1f} ms",
                    lambda number=number, delay=delay, twice=twice: stopped(laboratory, number, delay, twice))
        command, number, delay = rng.choice(commands.COMMANDS), rng.choice(ENDING + HARMLESS), rng.uniform(0, 0.1)
        yield Trial(f"{command.name}, {number.name} after {delay * 1e3:.1f} ms",
                    lambda c=command, number=number, delay=delay: unmoved(laboratory, c, number, delay))
