"""The commands that the campaign disturbs, and the folder in which each of them finds its inputs."""
import dataclasses
import shutil

import inputs

TRAIN = "--data data --epochs 3 --batch-size 16 --layers 64-16-64 --threads 2"


@dataclasses.dataclass(frozen=True)
class Command:
    name: str
    words: str             # the arguments, separated by spaces
    outputs: tuple = ()    # files that it leaves
    new_run: str = ""      # the folder of the run that it begins

    def arguments(self):
        return self.words.split()

    def once_more(self, folder):
        """The arguments with which a user finishes what was ended in the middle."""
        if not self.new_run:
            return self.arguments()
        if (folder / self.new_run / "checkpoint.safetensors").exists():
            return ["--resume", self.new_run]
        return [*self.arguments(), "--force"]


COMMANDS = [
    Command("train", f"{TRAIN} --out new", ("new/model.safetensors", "new/checkpoint.safetensors"), "new"),
    Command("resume", "--resume run --epochs 5", ("run/model.safetensors", "run/checkpoint.safetensors")),
    Command("eval", "eval run --data data --json"),
    Command("encode", "encode run images.npy -o out.npy", ("out.npy",)),
    Command("decode", "decode run codes.npy -o out.npy", ("out.npy",)),
    Command("compress", "compress run images.npy -o out.aez", ("out.aez",)),
    Command("decompress", "decompress images.aez --model run -o out.npy", ("out.npy",)),
    Command("export", "export run -o out.onnx", ("out.onnx",)),
    Command("import", "import weights.npz -o out.safetensors", ("out.safetensors",)),
    Command("report", "report run -o out.html", ("out.html",)),
    Command("anomaly fit", "anomaly fit run data -o out.safetensors --hold-out 0.5 --false-alarm-rate 0.2", ("out.safetensors",)),
    Command("anomaly score", "anomaly score guard.safetensors pictures --error-maps out.png", ("out.png",)),
]
BY_NAME = {command.name: command for command in COMMANDS}

# What the commands above read is made by these.
PREPARED = [
    f"{TRAIN} --out run",
    "encode run images.npy -o codes.npy",
    "compress run images.npy -o images.aez",
    "export run -o weights.npz",
    "export run -o model.onnx",
    "anomaly fit run data -o guard.safetensors --hold-out 0.5 --false-alarm-rate 0.2",
]


def prepare(program, folder):
    """Draws the inputs and lets the program make the rest. Throws RuntimeError where it fails undisturbed."""
    folder.mkdir()
    inputs.draw(folder)
    for words in PREPARED:
        outcome = program.run(words.split(), folder)
        if outcome.code != 0:
            raise RuntimeError(f"ae_cuda {words}: exit {outcome.code}: {outcome.last_line()}")


def fresh_copy(prepared, folder):
    """The prepared folder once more, for a trial that may harm it."""
    shutil.copytree(prepared, folder, symlinks=True)
    return folder
