"""Exchange of files with other programs, in both directions. Started by run.sh: PROGRAM FOLDER."""
import gzip
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

import numpy as np
import onnx
import onnxruntime
import pandas
import PIL.Image
import safetensors
import safetensors.numpy
import sklearn.datasets
import sklearn.metrics
import sklearn.preprocessing

PROGRAM, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
ROOT = pathlib.Path(__file__).resolve().parents[2]
NETWORKS = [("relu", "relu"), ("relu", "linear"), ("tanh", "linear"), ("linear", "tanh")]
TOLERANCE = 1e-5


def ae_cuda(*arguments):
    """What the program prints."""
    done = subprocess.run([PROGRAM, *map(str, arguments)], cwd=FOLDER, capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"{' '.join(map(str, arguments))}: exit code {done.returncode}: {done.stderr}")
    return done.stdout


def some_images():
    """500 of MNIST's test images if they are there, otherwise bright blocks: bytes [500, 28, 28]."""
    mnist = pathlib.Path(os.environ.get("AE_DATA_DIR", "data")) / "mnist" / "t10k-images-idx3-ubyte.gz"
    if mnist.exists():
        with gzip.open(mnist) as file:
            return np.frombuffer(file.read(16 + 500 * 784), np.uint8, offset=16).reshape(500, 28, 28)
    random = np.random.default_rng(1)
    images = np.zeros((500, 28, 28), np.uint8)
    for image, row, column in zip(images, *random.integers(0, 18, (2, 500))):
        image[row : row + 9, column : column + 9] = random.integers(1, 256, (9, 9))
    return images


def write_idx_folder(folder, images):
    folder.mkdir()
    for kind in ("train", "t10k"):
        header = np.array([0x803, *images.shape], ">u4").tobytes()
        (folder / f"{kind}-images-idx3-ubyte").write_bytes(header + images.tobytes())
        header = np.array([0x801, len(images)], ">u4").tobytes()
        (folder / f"{kind}-labels-idx1-ubyte").write_bytes(header + bytes(len(images)))


def run_name(network):
    return "-".join(network)


def setUpModule():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    images = some_images()
    np.save(FOLDER / "images.npy", images)
    write_idx_folder(FOLDER / "data", images)
    for hidden, code in NETWORKS:
        run = run_name((hidden, code))
        ae_cuda("train", "--data", "data", "--epochs", 3, "--engine", "cpu", "--quiet", "--out", run,
                "--activation", hidden, "--code-activation", code)
        ae_cuda("encode", run, "images.npy", "-o", f"{run}.codes.npy", "--engine", "cpu")
        ae_cuda("decode", run, f"{run}.codes.npy", "-o", f"{run}.images.npy", "--engine", "cpu")


def pixels():
    return np.load(FOLDER / "images.npy").reshape(-1, 784).astype(np.float32) / 255


def ours(run):
    """Codes [n, 64] and reconstructions [n, 784] as the program writes them."""
    return np.load(FOLDER / f"{run}.codes.npy"), np.load(FOLDER / f"{run}.images.npy").reshape(-1, 784)


def onnxruntime_on(file, x):
    session = onnxruntime.InferenceSession(FOLDER / file)
    (only,) = session.get_inputs()
    return session.run(None, {only.name: x})[0]


ACTIVATIONS = {"relu": lambda x: np.maximum(x, 0), "tanh": np.tanh, "linear": lambda x: x}


def by_hand(weights, x, hidden, code):
    """nn.Sequential's arithmetic in double precision: codes and reconstructions."""
    layer = lambda name, x: x @ weights[f"{name}.weight"].astype(np.float64).T + weights[f"{name}.bias"]
    codes = ACTIVATIONS[code](layer("encoder.2", ACTIVATIONS[hidden](layer("encoder.0", x))))
    logits = layer("decoder.2", ACTIVATIONS[hidden](layer("decoder.0", codes)))
    return codes, 1 / (1 + np.exp(-logits))


class Case(unittest.TestCase):
    def assert_near(self, actual, expected):
        self.assertEqual(actual.shape, expected.shape)
        worst = np.abs(actual.astype(np.float64) - expected).max()
        self.assertLessEqual(worst, TOLERANCE)


class Onnx(Case):
    def test_runtime_agrees(self):
        for network in NETWORKS:
            run = run_name(network)
            codes, images = ours(run)
            for part, x, expected in [("whole", pixels(), images), ("encoder", pixels(), codes), ("decoder", codes, images)]:
                with self.subTest(network=network, part=part):
                    ae_cuda("export", run, "-o", f"{part}.onnx", "--part", part, "--check")
                    onnx.checker.check_model(onnx.load(FOLDER / f"{part}.onnx"), full_check=True)
                    for n in (1, 7, len(x)):
                        self.assert_near(onnxruntime_on(f"{part}.onnx", x[:n]), expected[:n])

    def test_describes_itself(self):
        ae_cuda("export", "relu-relu", "-o", "ae.onnx")
        model = onnx.load(FOLDER / "ae.onnx")
        self.assertEqual((model.ir_version, model.opset_import[0].version), (7, 13))
        self.assertEqual(model.graph.input[0].name, "images")
        self.assertIn("[0, 1]", model.graph.input[0].doc_string)
        metadata = {entry.key: entry.value for entry in model.metadata_props}
        self.assertEqual(metadata["preprocessing"], "x = byte / 255")
        self.assertEqual(json.loads(metadata["settings"])["layers"], "784-128-64-128-784")
        self.assertEqual(len(metadata["data_sha256"]), 64)
        self.assertEqual(json.loads(ae_cuda("inspect", "ae.onnx", "--json"))["opset"], {"onnx": 13})


class Safetensors(Case):
    def test_weights_give_our_reconstructions(self):
        for network in NETWORKS:
            with self.subTest(network=network):
                weights = safetensors.numpy.load_file(FOLDER / run_name(network) / "model.safetensors")
                for actual, expected in zip(by_hand(weights, pixels(), *network), ours(run_name(network))):
                    self.assert_near(actual, expected)

    def test_metadata_is_read(self):
        ae_cuda("export", "tanh-linear", "-o", "encoder.safetensors", "--part", "encoder")
        with safetensors.safe_open(FOLDER / "encoder.safetensors", "np") as file:
            self.assertEqual(set(file.keys()), {f"encoder.{i}.{kind}" for i in (0, 2) for kind in ("weight", "bias")})
            metadata = file.metadata()
        self.assertEqual((metadata["format"], metadata["part"]), ("pt", "encoder"))
        self.assertEqual(json.loads(metadata["settings"])["activation"], "tanh")

    def test_import_gives_back_the_same_bits(self):
        weights = safetensors.numpy.load_file(FOLDER / "relu-relu" / "model.safetensors")
        safetensors.numpy.save_file(weights, FOLDER / "theirs.safetensors")
        ae_cuda("import", "theirs.safetensors", "-o", "back.safetensors")
        back = safetensors.numpy.load_file(FOLDER / "back.safetensors")
        self.assertEqual(weights.keys(), back.keys())
        for name, array in weights.items():
            np.testing.assert_array_equal(array, back[name])

    def test_torch_takes_it_unrenamed(self):
        python = self.python_with_torch()
        if not python:
            self.skipTest("no PyTorch here; the forward pass by hand stands in for it")
        for network in NETWORKS:
            run = run_name(network)
            codes, images = ours(run)
            safetensors.numpy.save_file({"x": pixels(), "codes": codes, "images": images}, FOLDER / "expected.safetensors")
            ae_cuda("export", run, "-o", "w.safetensors")
            files = [FOLDER / "w.safetensors", FOLDER / "expected.safetensors"]
            subprocess.run([*python, *files, *network], check=True, env=self.environment())

    @staticmethod
    def environment():
        """With the environment's safetensors and nothing else of it: Pythons differ in their numpy."""
        extra = FOLDER / "extra"
        extra.mkdir(exist_ok=True)
        if not (extra / "safetensors").exists():
            (extra / "safetensors").symlink_to(pathlib.Path(safetensors.__file__).parent)
        return {**os.environ, "PYTHONPATH": str(extra)}

    def python_with_torch(self):
        script = pathlib.Path(__file__).with_name("torch_forward.py")
        candidates = [os.environ.get("AE_TORCH_PYTHON"), sys.executable, ROOT / ".venv/bin/python", shutil.which("python3", path=os.defpath)]
        for python in filter(None, candidates):
            try:
                done = subprocess.run([python, "-c", "import torch, safetensors.torch"], capture_output=True, env=self.environment())
            except OSError:
                continue
            if done.returncode == 0:
                return [python, script]
        return None


class Numpy(Case):
    def test_reads_our_arrays(self):
        codes, images = ours("relu-relu")
        self.assertEqual((codes.dtype, codes.shape), (np.float32, (500, 64)))
        self.assertEqual((images.dtype, images.shape), (np.float32, (500, 784)))
        ae_cuda("export", "relu-relu", "-o", "w.npz")
        weights = safetensors.numpy.load_file(FOLDER / "relu-relu" / "model.safetensors")
        with np.load(FOLDER / "w.npz") as archive:
            self.assertEqual(set(archive.files), set(weights))
            for name, array in weights.items():
                self.assertEqual(archive[name].dtype, array.dtype)
                np.testing.assert_array_equal(archive[name], array)

    def test_arrays_are_read_in_every_type(self):
        images = np.load(FOLDER / "images.npy")
        forms = {"u1": images, "f4": images.astype(np.float32) / np.float32(255), "f8": images / 255.0,
                 "big": (images / 255.0).astype(">f4"), "fortran": np.asfortranarray(images)}
        for name, array in forms.items():
            with self.subTest(form=name):
                np.save(FOLDER / f"{name}.npy", array)
                ae_cuda("encode", "relu-relu", f"{name}.npy", "-o", "z.npy", "--engine", "cpu")
                self.assert_near(np.load(FOLDER / "z.npy"), ours("relu-relu")[0])

    def test_archives_are_imported_bit_by_bit(self):
        weights = safetensors.numpy.load_file(FOLDER / "tanh-linear" / "model.safetensors")
        fortran = {name: np.asfortranarray(array) for name, array in weights.items()}
        for save in (np.savez, np.savez_compressed):
            for arrays in (weights, fortran):
                with self.subTest(save=save.__name__):
                    save(FOLDER / "theirs.npz", **arrays)
                    ae_cuda("import", "theirs.npz", "-o", "back.safetensors", "--activation", "tanh", "--code-activation", "linear")
                    back = safetensors.numpy.load_file(FOLDER / "back.safetensors")
                    self.assertEqual(weights.keys(), back.keys())
                    for name, array in weights.items():
                        np.testing.assert_array_equal(array, back[name])
                    ae_cuda("encode", "back.safetensors", "images.npy", "-o", "z.npy", "--engine", "cpu")
                    np.testing.assert_array_equal(np.load(FOLDER / "z.npy"), ours("tanh-linear")[0])
                    self.assertEqual(json.loads(ae_cuda("inspect", "theirs.npz", "--json"))["kind"], "npz")


def sha256_as_idx(images):
    """The checksum of an IDX file that would hold the bytes [n, height, width] or [n, height, width, channels]."""
    header = np.array([0x800 + images.ndim, *images.shape], ">u4").tobytes()
    return hashlib.sha256(header + np.ascontiguousarray(images).tobytes()).hexdigest()


class OwnData(Case):
    """What was trained on is told by its checksum, which the model keeps."""

    def assert_read_as(self, images, *data):
        ae_cuda("train", "--data", *data, "--layers", "2", "--epochs", 1, "--engine", "cpu", "--out", "own", "--force")
        with safetensors.safe_open(FOLDER / "own" / "model.safetensors", "np") as file:
            metadata = file.metadata()
        self.assertEqual(metadata["data_sha256"], sha256_as_idx(np.asarray(images, np.uint8)))
        return metadata

    def test_arrays_of_numpy(self):
        images = np.load(FOLDER / "images.npy")
        colour = np.stack([images, 255 - images, images // 2], -1)
        forms = {"bytes": images, "integers": images.astype(">i8"), "floats": images / 255.0,
                 "single": images.astype(np.float32) / np.float32(255), "times": images * np.float32(1 / 255),
                 "half": (images / 255).astype(np.float16), "fortran": np.asfortranarray(images)}
        for name, array in forms.items():
            with self.subTest(form=name):
                np.save(FOLDER / "x.npy", array)
                self.assert_read_as(images, "x.npy")
        np.save(FOLDER / "x.npy", colour)
        self.assert_read_as(colour, "x.npy")
        np.save(FOLDER / "x.npy", colour.transpose(0, 3, 1, 2))
        self.assert_read_as(colour, "x.npy")
        np.save(FOLDER / "x.npy", images > 127)
        self.assert_read_as((images > 127) * 255, "x.npy")
        for save in (np.savez, np.savez_compressed):
            save(FOLDER / "x.npz", x_train=images[:400], x_test=images[400:], y_train=np.arange(400) % 10, y_test=np.arange(100) % 10)
            self.assert_read_as(images[:400], "x.npz")

    def test_tables_of_pandas(self):
        numbers = np.random.default_rng(2).integers(0, 256, (200, 5))
        frame = pandas.DataFrame(numbers, columns=["a", "b, \"c\"", "d\ne", "f", "g"])
        frame["kind"] = np.where(np.arange(200) % 3 == 0, "café", "a, b")
        as_images = numbers[:, None, :]
        for options in ({"index": False}, {"index": True}, {"index": False, "sep": "\t"}, {"index": False, "sep": ";", "quoting": 1},
                        {"index": False, "lineterminator": "\r\n"}, {"index": False, "encoding": "utf-8-sig"}):
            with self.subTest(options=options):
                frame.to_csv(FOLDER / "t.csv", **options)
                self.assert_read_as(as_images, "t.csv", "--label", "kind")
        unnamed = pandas.DataFrame(numbers)
        unnamed.to_csv(FOLDER / "t.csv", index=False)
        self.assert_read_as(as_images, "t.csv")
        unnamed.to_csv(FOLDER / "t.csv", index=False, header=False, float_format="%.3f")
        self.assert_read_as(as_images, "t.csv")
        kaggle = pandas.DataFrame(np.load(FOLDER / "images.npy").reshape(-1, 784), columns=[f"pixel{i}" for i in range(784)])
        kaggle.insert(0, "label", np.arange(500) % 10)
        kaggle.to_csv(FOLDER / "t.csv", index=False)
        self.assert_read_as(np.load(FOLDER / "images.npy"), "t.csv")

    def test_numbers_of_numpy_and_pandas(self):
        """Floats of every type, as arrays and as text, are the same data, and come back in their own units."""
        random = np.random.default_rng(4)
        cause = random.normal(size=(300, 2))
        numbers = (cause @ random.normal(size=(2, 6))) * [1, 10, 1e4, 1e-3, 1, 5] + [0, 3, 1e5, 0, -7, 100]
        few = numbers[:, [0, 1, 4]]  # that float16 can hold
        np.savez(FOLDER / "x.npz", data=numbers)
        for name, array, kept in (("f8", few, np.float32), (">f8", few, np.float32), ("f4", few, np.float32),
                                  (">f4", few, np.float32), ("f2", few, np.float16)):
            with self.subTest(type=name):
                np.save(FOLDER / "x.npy", array.astype(name))
                self.assert_read_as_numbers(array.astype(kept).astype(np.float32), "x.npy")
        self.assert_read_as_numbers(numbers.astype(np.float32), "x.npz")
        frame = pandas.DataFrame(numbers, columns=["a", "b", "c", "d", "e", "f"])
        frame.to_csv(FOLDER / "t.csv", index=False)
        self.assert_read_as_numbers(numbers.astype(np.float32), "t.csv")
        np.savetxt(FOLDER / "t.tsv", numbers, delimiter="\t")
        self.assert_read_as_numbers(numbers.astype(np.float32), "t.tsv")

        ae_cuda("train", "--data", "t.csv", "--layers", "12-2-12", "--activation", "tanh", "--code-activation", "linear", "--lr", 0.01,
                "--epochs", 60, "--engine", "cpu", "--out", "numbers", "--force")
        ae_cuda("encode", "numbers", "t.csv", "-o", "z.npy", "--engine", "cpu")
        ae_cuda("decode", "numbers", "z.npy", "-o", "back.csv", "--engine", "cpu")
        ae_cuda("decode", "numbers", "z.npy", "-o", "back.npy", "--engine", "cpu")
        back = pandas.read_csv(FOLDER / "back.csv")
        self.assertEqual(list(back.columns), list(frame.columns))
        np.testing.assert_array_equal(back.to_numpy(np.float32), np.load(FOLDER / "back.npy").reshape(-1, 6))
        errors = (((back - frame) / frame.std()) ** 2).mean()
        self.assertTrue((errors < 0.2).all(), errors)
        ae_cuda("export", "numbers", "-o", "numbers.onnx", "--check")
        ours = onnxruntime_on("numbers.onnx", numbers.astype(np.float32))
        self.assertLessEqual((np.abs(ours - back.to_numpy()) / frame.std().to_numpy()).max(), 1e-4)
        with safetensors.safe_open(FOLDER / "numbers" / "model.safetensors", "np") as file:
            offset, factor = file.get_tensor("scale.offset"), file.get_tensor("scale.factor")
        self.assertEqual((offset.shape, factor.shape), ((6,), (6,)))
        self.assertLess(np.abs((offset - numbers.mean(0)) / numbers.std(0)).max(), 0.2)
        self.assertLess(np.abs(factor * numbers.std(0) - 1).max(), 0.2)

    def assert_read_as_numbers(self, numbers, *data):
        ae_cuda("train", "--data", *data, "--layers", "2", "--epochs", 1, "--engine", "cpu", "--out", "own", "--force")
        with safetensors.safe_open(FOLDER / "own" / "model.safetensors", "np") as file:
            metadata = file.metadata()
        header = np.array([0x803, len(numbers), 1, numbers.shape[1]], ">u4").tobytes()
        content = header + np.ascontiguousarray(numbers, "<f4").tobytes()
        self.assertEqual(metadata["data_sha256"], hashlib.sha256(content).hexdigest())
        self.assertEqual(metadata["data_numbers"], "1")

    def pictures(self, name, images, write):
        folder = FOLDER / name
        shutil.rmtree(folder, ignore_errors=True)
        for i, image in enumerate(images):
            (folder / f"class {i % 2}").mkdir(parents=True, exist_ok=True)
            write(PIL.Image.fromarray(image), folder / f"class {i % 2}" / f"{i}")
        files = sorted(folder.rglob("*.*"), key=lambda file: (file.parent.name, int(file.stem)))
        return np.stack([np.asarray(PIL.Image.open(file).convert("RGB" if images.ndim == 4 else "L")) for file in files])

    def test_pictures_of_pillow(self):
        random = np.random.default_rng(3)
        coarse = random.integers(0, 256, (12, 5, 4, 3), np.uint8)
        colour = coarse.repeat(4, 1).repeat(4, 2)
        writers = {"png": lambda image, path: image.save(f"{path}.png"),
                   "palette": lambda image, path: image.quantize(200).save(f"{path}.png"),
                   "jpeg": lambda image, path: image.save(f"{path}.jpg", quality=90, subsampling=0),
                   "subsampled": lambda image, path: image.save(f"{path}.jpeg", quality=75),
                   "progressive": lambda image, path: image.save(f"{path}.jpg", quality=80, progressive=True)}
        for name, write in writers.items():
            with self.subTest(writer=name):
                self.assert_read_as(self.pictures("pictures", colour, write), "pictures")
        grey = np.load(FOLDER / "images.npy")[:20]
        for name in ("png", "jpeg"):
            with self.subTest(grey=name):
                self.assert_read_as(self.pictures("pictures", grey, writers[name]), "pictures")


class ScikitLearn(Case):
    def test_scales_are_those_of_its_scalers(self):
        """The codes are those of a network that sees what the scaler makes of the rows, one column of which never changes."""
        random = np.random.default_rng(5)
        rows = random.normal(size=(240, 5)) * [1, 100, 1e-3, 5, 0] + [0, -300, 2e-3, 20, 7]
        train, test = rows[:200].astype(np.float32), rows[200:].astype(np.float32)
        np.savez(FOLDER / "rows.npz", x_train=train, x_test=test)
        np.save(FOLDER / "test rows.npy", test)
        scalers = {"standard": sklearn.preprocessing.StandardScaler(), "minmax": sklearn.preprocessing.MinMaxScaler()}
        for name, scaler in scalers.items():
            with self.subTest(scale=name):
                ae_cuda("train", "--data", "rows.npz", "--scale", name, "--loss", "mse", "--layers", "4-2-4", "--epochs", 3, "--batch-size", 50,
                        "--activation", "tanh", "--code-activation", "linear", "--engine", "cpu", "--out", f"rows {name}", "--force")
                ae_cuda("encode", f"rows {name}", "test rows.npy", "-o", "z.npy", "--engine", "cpu")
                weights = safetensors.numpy.load_file(FOLDER / f"rows {name}" / "model.safetensors")
                seen = scaler.fit(train.astype(np.float64)).transform(test.astype(np.float64))
                offset, factor = weights["scale.offset"], weights["scale.factor"]
                np.testing.assert_allclose((test.astype(np.float64) - offset) * factor, seen, rtol=0, atol=TOLERANCE)
                self.assert_near(np.load(FOLDER / "z.npy"), by_hand(weights, seen, "tanh", "linear")[0])

    def test_its_auroc_of_our_table_is_ours(self):
        """`anomaly eval` against train, fit and score by hand. An epoch is one batch, so that the order of images, in which
        the two ways differ, changes rounding alone."""
        digits = sklearn.datasets.load_digits()
        images, labels, normal = digits.images / 16, digits.target, 3
        np.savez(FOLDER / "digits.npz", x_train=images[:1200], y_train=labels[:1200], x_test=images[1200:], y_test=labels[1200:])
        np.save(FOLDER / "test digits.npy", images[1200:])
        count = int((labels[:1200] == normal).sum())
        training = ["--data", "digits.npz", "--labels", normal, "--layers", "32-8-32", "--epochs", 40, "--engine", "cpu",
                    "--batch-size", count - round(0.2 * count), "--quiet"]
        judged = json.loads(ae_cuda("anomaly", "eval", "--protocol", "one-class", "--hold-out", 0.2, "--json", *training))
        ae_cuda("train", "--val", "split:0.2", "--out", "threes", *training)
        ae_cuda("anomaly", "fit", "threes", "-o", "threes.safetensors", "--engine", "cpu")
        for score in ("mse", "cosine", "knn", "knn-cosine", "mahalanobis", "combined"):
            with self.subTest(score=score):
                ae_cuda("anomaly", "score", "threes.safetensors", "test digits.npy", "--score", score, "--csv", "scores.csv", "--engine", "cpu")
                table = pandas.read_csv(FOLDER / "scores.csv")
                self.assert_columns(table, len(labels) - 1200)
                theirs = sklearn.metrics.roc_auc_score(labels[1200:] != normal, table["score"])
                ours = judged["protocols"]["one-class"][score]["auroc"]["mean"]
                self.assertAlmostEqual(ours, theirs, delta=1e-3)
                self.assertGreater(theirs, 0.7)

    def assert_columns(self, table, rows):
        self.assertEqual(list(table.columns), ["name", "score", "p_value", "verdict", "features"])
        self.assertEqual([table[name].dtype.kind for name in ("name", "score", "p_value")], ["i", "f", "f"])
        self.assertTrue(all(pandas.api.types.is_string_dtype(table[name]) for name in ("verdict", "features")))
        self.assertEqual(list(table["name"]), list(range(rows)))
        self.assertTrue(table["p_value"].between(0, 1, inclusive="right").all())
        self.assertLessEqual(set(table["verdict"]), {"normal", "anomalous", "too dark"})


class Pillow(Case):
    def pixels_of(self, file, mode):
        """The values of a PNG, every byte of which is read and is sound."""
        with PIL.Image.open(FOLDER / file) as picture:
            picture.verify()
        with PIL.Image.open(FOLDER / file) as picture:
            self.assertEqual((picture.format, picture.mode), ("PNG", mode))
            return np.asarray(picture)

    @staticmethod
    def as_bytes(values):
        return np.floor(np.clip(values, 0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8)

    def decoded(self, run, codes, file):
        """The images of the codes, which are also written to that file."""
        np.save(FOLDER / "codes.npy", codes)
        ae_cuda("decode", run, "codes.npy", "-o", file, "--engine", "cpu")
        ae_cuda("decode", run, "codes.npy", "-o", "images of codes.npy", "--engine", "cpu")
        return np.load(FOLDER / "images of codes.npy")

    def test_reads_the_pixels_of_an_image_and_of_a_grid(self):
        codes = ours("relu-relu")[0]
        images = self.decoded("relu-relu", codes[:1], "one.png")
        np.testing.assert_array_equal(self.pixels_of("one.png", "L"), self.as_bytes(images).reshape(28, 28))
        images = self.as_bytes(self.decoded("relu-relu", codes[:401], "many.png")).reshape(-1, 28, 28)
        side, grid = 28 + 2, self.pixels_of("many.png", "L")  # 21 in a row, pixels of their size, 2 grey ones around each
        self.assertEqual(grid.shape, (20 * side + 2, 21 * side + 2))
        for i, image in enumerate(images):
            top, left = 2 + i // 21 * side, 2 + i % 21 * side
            np.testing.assert_array_equal(grid[top : top + 28, left : left + 28], image)

    def test_reads_colours(self):
        colour = np.random.default_rng(6).integers(0, 256, (60, 5, 4, 3), np.uint8)
        np.save(FOLDER / "colour.npy", colour)
        ae_cuda("train", "--data", "colour.npy", "--layers", "3", "--epochs", 1, "--engine", "cpu", "--out", "colours", "--force")
        ae_cuda("encode", "colours", "colour.npy", "-o", "z.npy", "--engine", "cpu")
        images = self.decoded("colours", np.load(FOLDER / "z.npy")[:1], "one.png")
        np.testing.assert_array_equal(self.pixels_of("one.png", "RGB"), self.as_bytes(images)[0])

    def test_reads_an_error_map_of_every_picture(self):
        """In the colours of what is missing and what is invented: black where the network is right."""
        ae_cuda("train", "--data", "images.npy", "--val", "split:0.2", "--epochs", 1, "--engine", "cpu", "--out", "mapped", "--force")
        ae_cuda("anomaly", "fit", "mapped", "-o", "mapped.safetensors", "--engine", "cpu")
        ae_cuda("anomaly", "score", "mapped.safetensors", "images.npy", "--error-maps", "maps/", "--quiet", "--engine", "cpu")
        ae_cuda("encode", "mapped", "images.npy", "-o", "z.npy", "--engine", "cpu")
        ae_cuda("decode", "mapped", "z.npy", "-o", "rebuilt.npy", "--engine", "cpu")
        errors = pixels() - np.load(FOLDER / "rebuilt.npy").reshape(-1, 784)
        self.assertEqual({file.name for file in (FOLDER / "maps").iterdir()}, {f"{i}.png" for i in range(500)})
        for i in (0, 250, 499):
            drawn = self.pixels_of(f"maps/{i}.png", "RGB").astype(int)
            self.assertEqual(drawn.shape, (28, 28, 3))
            brightest = drawn.max(-1).reshape(-1)
            self.assertLessEqual(np.abs(brightest - np.abs(errors[i]) * 255).max(), 2)
            is_orange = (drawn[..., 0] > drawn[..., 2]).reshape(-1)
            clear = np.abs(errors[i]) > 0.1
            np.testing.assert_array_equal(is_orange[clear], errors[i][clear] < 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
