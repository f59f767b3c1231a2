"""Who takes part in tools/bench/scale: trainings by one process, by ranks, by processes that are not joined; and sweeps."""
import csv
import dataclasses
import json
import pathlib
import shlex
import tempfile

import entrants

IMAGES, BATCH, SHARDS = 60000, 256, 8
SEED = 42
MPI = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


def mpirun(ranks):
    return ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", str(ranks)]


def figures(folder):
    """Images/s of the epochs after the first, without validation, and the last validation loss."""
    rows = list(csv.DictReader((folder / "metrics.csv").open()))
    return {"images_per_s": [float(row["images_per_s"]) for row in rows[1:]], "val_loss": float(rows[-1]["val_loss"])}


def train(options, out, batch, shards, threads=1):
    command = [options.program, "train", "--engine", "cpu", "--threads", str(threads), "--quiet", "--out", str(out)]
    return [*command, "--epochs", str(options.epochs), "--batch-size", str(batch), "--shards", str(shards)]


@dataclasses.dataclass
class Training:
    """ranks 1: one process, without mpirun. shards 0: as many as ranks."""
    ranks: int
    batch: int
    shards: int = 0
    threads: int = 1

    precision, kind = "fp32", "ours"

    @property
    def name(self):
        who = f"{self.ranks} ranks" if self.ranks > 1 else f"1 process, {self.threads} thread{'s' * (self.threads > 1)}"
        return f"ae_cuda, {who}, batch {self.batch}" + f", --shards {self.shards}" * (self.shards > 0)

    def run(self, options):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder, "run")
            before = mpirun(self.ranks) if self.ranks > 1 else []
            options.timed([*before, *train(options, out, self.batch, self.shards, self.threads)], MPI)
            return figures(out)


@dataclasses.dataclass
class Unjoined:
    """As many processes at a time as there are ranks, each with a rank's rows and shards, and nothing exchanged."""
    ranks: int
    batch: int  # of all
    shards: int = 0

    precision, kind = "fp32", "unjoined"

    @property
    def name(self):
        own_shards = self.shards // self.ranks
        shards = f", --shards {own_shards}" if own_shards else ""
        return f"{self.ranks} processes not joined, batch {self.batch // self.ranks}{shards}"

    def run(self, options):
        with tempfile.TemporaryDirectory() as folder:
            outs = [pathlib.Path(folder, f"run{rank}") for rank in range(self.ranks)]
            words = [train(options, out, self.batch // self.ranks, self.shards // self.ranks) for out in outs]
            options.timed(["sh", "-c", " & ".join(map(shlex.join, words)) + " & wait"])
            runs = [figures(out) for out in outs if out.exists()]
        if len(runs) != self.ranks:
            raise entrants.RunFailed("a process failed")
        speeds = [sum(together) for together in zip(*(run["images_per_s"] for run in runs))]
        return {"images_per_s": speeds, "val_loss": runs[0]["val_loss"]}


def last_line(text):
    try:
        return json.loads(text.splitlines()[-1])
    except (IndexError, ValueError):
        raise entrants.RunFailed("its last line is not JSON") from None


@dataclasses.dataclass
class Ddp:
    ranks: int
    batch: int

    precision, kind = "fp32", "peer"

    @property
    def name(self):
        return f"PyTorch DDP over gloo, {self.ranks} rank{'s' * (self.ranks > 1)}, batch {self.batch}"

    def run(self, options):
        command = [options.python, str(options.peers / "torch_ddp.py"), "--epochs", str(options.epochs)]
        return last_line(options.timed([*command, "--ranks", str(self.ranks), "--batch", str(self.batch)])[0])


def seed_losses(folder):
    rows = csv.DictReader((folder / "sweep.csv").open())
    return [float(row["val_loss"]) for row in rows]


@dataclasses.dataclass
class Sweep:
    """`ae_cuda sweep` over seeds: in one process with a thread for each of `width` models at a time, or on that many ranks."""
    models: int
    width: int
    ranks: bool = False

    precision, kind = "fp32", "ours"

    @property
    def name(self):
        return f"ae_cuda sweep, {self.width} " + ("ranks" if self.ranks else "threads")

    def run(self, options):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder, "sweep")
            command = [options.program, "sweep", "--engine", "cpu", "--quiet", "--seed", str(SEED), "--out", str(out)]
            command += ["--seeds", str(self.models), "--epochs", str(options.epochs)]
            before, threads = (mpirun(self.width), 1) if self.ranks else ([], self.width)
            command = [*before, *command, "--threads", str(threads)]
            _, seconds = options.timed(command, MPI)
            return {"process_s": seconds, "val_losses": seed_losses(out)}


@dataclasses.dataclass
class Loop:
    """A shell's loop over seeds, one process a model, `width` of them at a time."""
    models: int
    width: int

    precision, kind = "fp32", "loop"

    @property
    def name(self):
        return "shell loop of ae_cuda --threads 1" + f", {self.width} at a time" * (self.width > 1)

    def run(self, options):
        with tempfile.TemporaryDirectory() as folder:
            words = shlex.join([*train(options, pathlib.Path(folder, "{}"), BATCH, 0), "--seed", "{}"])
            seeds = f"seq {SEED} {SEED + self.models - 1}"
            _, seconds = options.timed(["sh", "-c", f"{seeds} | xargs -P {self.width} -I {{}} {words}"])
            runs = [figures(path) for path in sorted(pathlib.Path(folder).iterdir())]
        return {"process_s": seconds, "val_losses": [run["val_loss"] for run in runs]}


@dataclasses.dataclass
class ManyPeer:
    """torch_joblib.py or jax_vmap.py."""
    file: str
    models: int
    more: tuple = ()

    precision, kind = "fp32", "peer"

    @property
    def name(self):
        return {"torch_joblib.py": "joblib over PyTorch", "jax_vmap.py": "JAX vmap over seeds"}[self.file]

    def run(self, options):
        command = [options.python, str(options.peers / self.file), "--epochs", str(options.epochs), "--models", str(self.models)]
        text, seconds = options.timed([*command, *self.more])
        return {"process_s": seconds, "val_losses": last_line(text)["val_losses"]}
