"""The program as mpirun starts it, small data for it, and what it leaves."""
import csv
import json
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import unittest

PROGRAM = os.environ.get("AE_PROGRAM", "")
SECONDS = 60  # within which each start has to end, whatever happens
PATIENT = ("--mca", "odls_base_sigkill_timeout", "5")  # with which mpirun waits 5 s after SIGTERM, not 1 s
ENVIRONMENT = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


def why_skipped():
    """Why these tests cannot run here; empty where they can."""
    if not shutil.which("mpirun"):
        return "no mpirun here (Debian: openmpi-bin)"
    if not pathlib.Path(PROGRAM).with_name("libae_mpi.so").exists():
        return "MPI's part of ae_cuda is not built (Debian: libopenmpi-dev)"
    return ""


def write_images(folder, train, test, size=8, seed=1):
    """The four IDX files of made-up images, half of whose pixels are black."""
    folder.mkdir(parents=True)
    numbers = random.Random(seed)
    for name, count in (("train", train), ("t10k", test)):
        pixels = bytes(numbers.randrange(256) if numbers.random() < 0.5 else 0 for _ in range(count * size * size))
        (folder / f"{name}-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 0x803, count, size, size) + pixels)
        (folder / f"{name}-labels-idx1-ubyte").write_bytes(
            struct.pack(">II", 0x801, count) + bytes(i % 10 for i in range(count)))


def tensors(path):
    """The bytes of every tensor of a safetensors file, by name."""
    content = path.read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:8 + length])
    header.pop("__metadata__", None)
    begin = 8 + length
    return {name: content[begin + t["data_offsets"][0]:begin + t["data_offsets"][1]] for name, t in header.items()}


def figures(folder, columns=("loss", "val_loss", "val_mse")):
    """The figures of every epoch, as metrics.csv has them."""
    with open(folder / "metrics.csv", encoding="utf-8") as file:
        return [[row[c] for c in columns] for row in csv.DictReader(file)]


def is_running(pid):
    """Whether a process is there and has not ended."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


class Answer:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __str__(self):
        return f"exit code {self.code}\n{self.out}{self.err}"


class Run:
    """A running mpirun, or the program alone; ended with its ranks when it takes too long."""

    def __init__(self, command, folder, environment=None):
        self.process = subprocess.Popen(command, cwd=folder, env={**ENVIRONMENT, **(environment or {})}, text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        start_new_session=True)

    def wait(self, seconds=SECONDS):
        try:
            out, err = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as late:
            self.stop()
            out, err = self.process.communicate()
            raise AssertionError(f"still running after {seconds} s:\n{out}{err}") from late
        return Answer(self.process.returncode, out, err)

    def stop(self):
        """Ends it and its ranks, if they still run."""
        if self.process.poll() is not None:
            return
        for pid in self.ranks():
            os.kill(pid, signal.SIGKILL)
        os.killpg(self.process.pid, signal.SIGKILL)

    def all_ranks(self, count):
        """The same as ranks(), once there are `count`."""
        end = time.monotonic() + SECONDS
        while len(found := self.ranks()) < count and time.monotonic() < end:
            time.sleep(0.002)
        return found

    def ranks(self):
        """The numbers of the processes that run the program, rank 0's first."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                    words = (entry / "environ").read_bytes().split(b"\0")
                except OSError:
                    continue
                rank = [w for w in words if w.startswith(b"OMPI_COMM_WORLD_RANK=")]
                if parent == self.process.pid and rank:
                    found.append((int(rank[0].split(b"=")[1]), int(entry.name)))
        return [pid for _, pid in sorted(found)]

    def wait_for_the_end_of(self, pids):
        """Waits until none of these processes runs any more, whether or not mpirun has asked for its exit code."""
        end = time.monotonic() + SECONDS
        while running := [pid for pid in pids if is_running(pid)]:
            if time.monotonic() > end:
                raise AssertionError(f"processes {running} still run after {SECONDS} s")
            time.sleep(0.005)

    def wait_for(self, path):
        """Waits until a file is there."""
        end = time.monotonic() + SECONDS
        while not path.exists():
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"{path} did not come: {self.wait(1)}")
            time.sleep(0.005)


class MpiTest(unittest.TestCase):
    """Each test has a folder of its own, with 300 training and 600 validation images in data/."""

    def setUp(self):
        self.keep = tempfile.TemporaryDirectory()
        self.addCleanup(self.keep.cleanup)
        self.here = pathlib.Path(self.keep.name)
        write_images(self.here / "data", 300, 600)

    def command(self, *words, data="data", epochs=3, layers="16-8-16", threads=1, engine="cpu"):
        return [PROGRAM, "train", "--data", data, "--layers", layers, "--epochs", str(epochs), "--engine", engine,
                "--threads", str(threads), *words]

    @staticmethod
    def mpirun(ranks, *options):
        return ["mpirun", "--oversubscribe", "--bind-to", "none", *options, "-n", str(ranks)]

    def start_command(self, ranks, command, options=(), environment=None):
        """Starts a command on that number of ranks; 0: alone, without mpirun. It ends with the test at the latest."""
        run = Run([*(self.mpirun(ranks, *options) if ranks else ()), *command], self.here, environment)
        self.addCleanup(run.stop)
        return run

    def ended_well(self, run):
        answer = run.wait()
        self.assertEqual(answer.code, 0, answer)
        return answer

    def start(self, ranks, *words, options=(), **more):
        return self.start_command(ranks, self.command(*words, **more), options)

    def train(self, ranks, *words, **more):
        return self.ended_well(self.start(ranks, *words, **more))

    def one_differs(self, first, second, environment=None):
        """Two ranks with command lines of their own."""
        return self.start_command(1, [*first, ":", "-n", "1", *second], (), environment).wait()

    def assert_same_bytes(self, a, b, file="model.safetensors"):
        first, second = tensors(self.here / a / file), tensors(self.here / b / file)
        first.pop("history", None), second.pop("history", None)  # which has seconds in it
        self.assertEqual(first.keys(), second.keys())
        for name, content in first.items():
            self.assertTrue(content == second[name], f"{name} of {a} and {b}")
