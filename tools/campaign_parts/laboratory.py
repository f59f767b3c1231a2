"""The place of the trials: the program, its prepared inputs, what undisturbed commands leave, the two C++ helpers."""
import contextlib
import pathlib
import shutil
import subprocess
import tempfile
import threading

import commands
from program import Program
from results_of import Reference, essences

HERE = pathlib.Path(__file__).resolve().parent


def compile_helpers(folder, compiler="g++"):
    """call_fault and allocation_fault.so."""
    for source, name, flags in (("call_fault.cpp", "call_fault", []),
                                ("allocation_fault.cpp", "allocation_fault.so", ["-shared", "-fPIC"])):
        subprocess.run([compiler, "-std=c++20", "-O1", *flags, HERE / source, "-o", folder / name, "-ldl"], check=True)


class Laboratory:
    def __init__(self, path, folder):
        self.folder = pathlib.Path(folder)
        self.program = Program(path, self.folder / "home")
        (self.folder / "home").mkdir()
        self.prepared = self.folder / "prepared"
        self.references = {}
        self.lock = threading.Lock()
        compile_helpers(self.folder)
        commands.prepare(self.program, self.prepared)

    @contextlib.contextmanager
    def place(self):
        """A fresh copy of the prepared inputs, removed afterwards."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        try:
            yield commands.fresh_copy(self.prepared, folder / "w")
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def reference(self, command):
        with self.lock:
            if command.name not in self.references:
                self.references[command.name] = Reference(command, self.undisturbed(command), self.undisturbed(command))
            return self.references[command.name]

    def undisturbed(self, command):
        with self.place() as folder:
            outcome = self.program.run(command.arguments(), folder)
            if outcome.code != 0:
                raise RuntimeError(f"{command.name}: exit {outcome.code} undisturbed: {outcome.last_line()}")
            return essences(folder, command.outputs)

    def damaged(self, folder, names):
        """Those outputs that are there and that `inspect` cannot read."""
        known = [name for name in names if name.endswith((".safetensors", ".aez", ".onnx", ".npy")) and (folder / name).exists()]
        return [f"{name} is damaged" for name in known if self.program.run(["inspect", name], folder).code != 0]

    def call_fault(self, mode, calls, n, error=0, report="/dev/null"):
        """Words in front of the program's with which its n-th call fails or kills it, see call_fault.cpp."""
        return [str(self.folder / "call_fault"), mode, calls, str(n), str(error), str(report)]

    def calls(self, command, names):
        """The number of system calls of each of these kinds that a command makes."""
        with self.place() as folder:
            report = folder.parent / "report"
            self.program.run(command.arguments(), folder, before=self.call_fault("count", ",".join(names), 0, report=report))
            return {name: int(count) for name, count in (line.split() for line in report.read_text().splitlines())}

    def allocation_fault(self):
        return {"LD_PRELOAD": str(self.folder / "allocation_fault.so")}

    def allocations(self, command):
        with self.place() as folder:
            report = folder.parent / "report"
            self.program.run(command.arguments(), folder,
                             environment=self.allocation_fault() | {"AE_COUNT_ALLOCATIONS": str(report)})
            return int(report.read_text())
