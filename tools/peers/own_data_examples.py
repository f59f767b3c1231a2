"""The worked examples of host/use/README.md: the files of each set, and the commands that go from them to verdicts."""
import dataclasses
import functools
import sys


@dataclasses.dataclass
class Example:
    """A set, and the commands that go from its files to verdicts."""

    name: str
    data: str  # what train reads
    test: str  # what anomaly score reads
    code: int  # as many numbers as principal components hold nine tenths of the training rows' variance
    scores: tuple  # the one that the program chooses, and others
    candidates: tuple  # options of train; the first is used, because it has the lowest validation error

    def training(self, options, seed=None):
        seeded = "" if seed is None else f" --seed {seed}"
        return f"ae_cuda --data {self.data} {options} --val split:0.2 --out runs/{self.name}{seeded}"

    def commands(self, seed=None):
        return [
            self.training(self.candidates[0], seed),
            f"ae_cuda anomaly fit runs/{self.name} -o {self.name}.safetensors",
            f"ae_cuda anomaly score {self.name}.safetensors {self.test} --csv {self.name}.csv --quiet",
        ]

    @functools.cached_property
    def data_set(self):
        import own_data_sets

        return getattr(own_data_sets, self.name.capitalize())()


def options(*layers, training):
    return tuple(f"--layers {each} {training} --batch 32" for each in layers)


LINEAR = "--code-activation linear"
EXAMPLES = [
    Example(
        "tumours", "own/tumours/train.csv --ignore diagnosis", "own/tumours/test.csv --ignore diagnosis", 8,
        ("mse", "knn", "combined"), options(f"8 {LINEAR}", f"20-8-20 {LINEAR}", "20-8-20", training="--epochs 300")),
    Example(
        "tissue", "own/tissue/train", "own/tissue/test", 7,
        ("combined", "knn", "mse"), options(f"128-7-128 {LINEAR}", f"7 {LINEAR}", "128-7-128", training="--epochs 100")),
    Example(
        "digits", "own/digits/train.npy", "own/digits/test.npy", 21,
        ("mse", "knn", "combined"), options(f"128-21-128 {LINEAR}", f"21 {LINEAR}", "128-21-128", training="--epochs 100")),
]


def prepare(example, folder, seed):
    target = folder / example.name
    if target.exists():
        sys.exit(f"own_data: {target} is there already; name another folder, or remove it")
    target.mkdir(parents=True)
    data = example.data_set
    data.write(data.split(seed), target)
    return target
