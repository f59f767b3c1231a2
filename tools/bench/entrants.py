"""Who takes part in a comparison, and one run of each: ae_cuda's engines and the peers of tools/peers."""
import csv
import dataclasses
import json
import math
import os
import pathlib
import subprocess
import tempfile
import time

PEERS = {  # by the name that --peers takes: the program, its environment, where it runs
    "torch-eager": ("torch_eager.py", {}, "cpu gpu"),
    "torch-compile": ("torch_compile.py", {"AE_COMPILE_MODE": "default"}, "cpu gpu"),
    "torch-reduce-overhead": ("torch_compile.py", {"AE_COMPILE_MODE": "reduce-overhead"}, "gpu"),
    "torch-graph": ("torch_graph.py", {}, "gpu"),
    "jax-scan": ("jax_scan.py", {}, "cpu gpu"),
    "jax-step": ("jax_step.py", {}, "cpu gpu"),
    "keras": ("keras_fit.py", {"KERAS_BACKEND": "jax"}, "cpu gpu"),
    "keras-torch": ("keras_fit.py", {"KERAS_BACKEND": "torch"}, "cpu gpu"),
}
TAKES_THREADS = {"torch-eager", "torch-compile", "keras-torch"}


class RunFailed(Exception):
    """With the reason in one line."""


class OutOfTime(RunFailed):
    """The comparison's own time is over, which says nothing of the program that was running."""


def environment(more):
    """OPENBLAS_CORETYPE is left out: some machines set it for all, to the kernels of an older processor."""
    return {k: v for k, v in os.environ.items() if k != "OPENBLAS_CORETYPE"} | more


def timed(command, limit, more=None):
    """Standard output and wall seconds of a program."""
    start = time.perf_counter()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, env=environment(more or {}))
    except subprocess.TimeoutExpired:
        raise RunFailed(f"took longer than {limit:g} s") from None
    except OSError as error:
        raise RunFailed(f"{os.path.basename(command[0])}: {error.strerror}") from None
    seconds = time.perf_counter() - start
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise RunFailed(f"exit {done.returncode}: {lines[-1].strip() if lines else 'nothing was said'}")
    return done.stdout, seconds


@dataclasses.dataclass
class Options:
    program: str
    python: str
    peers: pathlib.Path
    epochs: int
    limit: float
    device: str = "cpu"
    end: float = math.inf  # of the whole comparison, by time.monotonic()

    def timed(self, command, more=None):
        """timed() within a run's limit and within what is left of the comparison's time."""
        left = self.end - time.monotonic()
        if left <= 0:
            raise OutOfTime("out of time")
        try:
            return timed(command, min(self.limit, left), more)
        except RunFailed:
            if time.monotonic() >= self.end:
                raise OutOfTime("out of time") from None
            raise


@dataclasses.dataclass
class Ours:
    engine: str  # and options, as in "cublas --epoch-graph"
    precision: str

    kind = "ours"

    @property
    def name(self):
        return f"ae_cuda {self.engine}"

    def run(self, options):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "run"
            command = [options.program, "train", "--engine", *self.engine.split(), "--math", self.precision]
            command += ["--epochs", str(options.epochs), "--out", str(out), "--quiet"]
            _, wall = options.timed(command)
            return self.read(out) | {"process_s": wall}

    def read(self, folder):
        events = map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())
        start = next(event for event in events if event["event"] == "start")
        rows = list(csv.DictReader((folder / "metrics.csv").open()))
        seconds = [float(row["seconds"]) for row in rows]
        return {
            "device": start["device"],
            "first_call_s": start["engine_seconds"] + seconds[0],
            "epoch_s": seconds[1:],
            "val_loss": float(rows[-1]["val_loss"]),
        }


@dataclasses.dataclass
class Peer:
    key: str
    precision: str
    threads: int = 0
    name: str = ""

    kind = "peer"

    def __post_init__(self):
        self.name = self.name or self.key

    def run(self, options):
        file, more, _ = PEERS[self.key]
        command = [options.python, str(options.peers / file), "--epochs", str(options.epochs)]
        command += ["--precision", self.precision, "--device", options.device, "--threads", str(self.threads)]
        text, wall = options.timed(command, more)
        try:
            run = json.loads(text.splitlines()[-1])
        except (IndexError, ValueError):
            raise RunFailed("its last line is not JSON") from None
        self.name = run["peer"]
        return run | {"process_s": wall}
