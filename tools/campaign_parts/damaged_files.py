"""Flipped bits, cuts and other damage of every kind of file that is read."""
import dataclasses
import gzip

from results_of import essences
from trial import Trial


@dataclasses.dataclass(frozen=True)
class Kind:
    name: str
    file: str
    words: str
    outputs: tuple = ()
    sealed: bool = False   # a damaged file of this kind must never be taken for a whole one with another content


KINDS = [
    Kind("model", "run/model.safetensors", "encode run images.npy -o out.npy", ("out.npy",), sealed=True),
    Kind("checkpoint", "run/checkpoint.safetensors", "--resume run --epochs 4", ("run/model.safetensors",), sealed=True),
    Kind("detector", "guard.safetensors", "anomaly score guard.safetensors images.npy --error-maps out.png", ("out.png",), sealed=True),
    Kind("aez", "images.aez", "decompress images.aez --model run -o out.npy", ("out.npy",), sealed=True),
    Kind("npz", "weights.npz", "import weights.npz -o out.safetensors", ("out.safetensors",)),
    Kind("npy of images", "images.npy", "encode run images.npy -o out.npy"),
    Kind("npy of codes", "codes.npy", "decode run codes.npy -o out.npy"),
    Kind("png", "pictures/0.png", "encode run pictures -o out.npy"),
    Kind("idx", "data/train-images-idx3-ubyte", "--data data --epochs 1 --batch-size 16 --layers 64-16-64 --out new"),
    Kind("labels", "data/train-labels-idx1-ubyte", "--data data --epochs 1 --batch-size 4 --layers 64-16-64 --digits 1 --out new"),
    Kind("gzip", "images.gz", "encode run images.gz -o out.npy", ("out.npy",), sealed=True),
    Kind("onnx", "model.onnx", "inspect model.onnx --json"),
    Kind("metrics", "run/metrics.csv", "report run -o out.html"),
    Kind("events", "run/metrics.jsonl", "--resume run --epochs 4", ("run/model.safetensors",), sealed=True),
    Kind("run's config", "run/config.json", "report run -o out.html"),
    Kind("options", "options.cfg", "--config options.cfg --epochs 1 --out new"),
]


def flip(data, rng):
    for _ in range(rng.choice((1, 1, 1, 3, 30))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def flip_early(data, rng):
    """In the part that most formats call a header."""
    data[rng.randrange(min(len(data), 256))] = rng.randrange(256)


def cut(data, rng):
    del data[rng.randrange(len(data)):]


def grow(data, rng):
    data += bytes(rng.randrange(256) for _ in range(rng.choice((1, 8, 4096))))


def leave_out(data, rng):
    at = rng.randrange(len(data))
    del data[at:at + rng.choice((1, 4, 64))]


def repeat(data, rng):
    at = rng.randrange(len(data))
    data[at:at] = data[at:at + rng.choice((1, 8, 512))]


def blank(data, rng):
    at = rng.randrange(len(data))
    length = min(len(data) - at, rng.choice((8, 512, 4096)))
    data[at:at + length] = bytes([rng.choice((0, 255))]) * length


DAMAGES = {"flipped": flip, "changed early": flip_early, "cut": cut, "grown": grow, "part left out": leave_out,
           "part twice": repeat, "blanked": blank}


def original(folder, kind):
    """The undamaged file's bytes; a gzip file is made here."""
    path = folder / kind.file
    if not path.exists() and path.suffix == ".gz":
        path.write_bytes(gzip.compress((folder / "data/t10k-images-idx3-ubyte").read_bytes(), mtime=0))
    return path.read_bytes()


def undamaged(laboratory, kind):
    with laboratory.place() as folder:
        original(folder, kind)
        outcome = laboratory.program.run(kind.words.split(), folder)
        if outcome.code != 0:
            raise RuntimeError(f"{kind.words}: exit {outcome.code} with whole files: {outcome.last_line()}")
        return essences(folder, kind.outputs)


def with_damage(laboratory, kind, right, damage, rng):
    with laboratory.place() as folder:
        data = bytearray(original(folder, kind))
        damage(data, rng)
        (folder / kind.file).write_bytes(data)
        outcome = laboratory.program.run(kind.words.split(), folder)
        found = outcome.complaints()
        if kind.sealed and outcome.code == 0 and essences(folder, kind.outputs) != right:
            found.append("the damage was not seen and the result is another one")
        return [f"{text} ({outcome.last_line()})" for text in found]


def every_kind(laboratory, rng):
    right = {kind: undamaged(laboratory, kind) for kind in KINDS}
    n = 0
    while True:
        for kind in KINDS:
            n += 1
            name = rng.choice(list(DAMAGES))
            own = type(rng)(f"{rng.random()}")
            yield Trial(f"{kind.name}, {name} (number {n})",
                        lambda kind=kind, name=name, own=own: with_damage(laboratory, kind, right[kind], DAMAGES[name], own))
