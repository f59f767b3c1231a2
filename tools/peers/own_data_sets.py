"""Real data as a person has them, from scikit-learn's and scikit-image's own files: a table, a folder of pictures, an array.

A seed cuts each set in three: normal rows to train on, other normal rows and anomalies to test. A file or folder of test
data holds the normal rows first.
"""
import csv
import dataclasses

import numpy as np

TILE = 16  # side of a picture that is cut out of a large one


@dataclasses.dataclass
class Split:
    """Rows of one array each: [n, columns], or [n, height, width, channels]."""

    train: np.ndarray
    normal: np.ndarray
    anomalous: np.ndarray

    def flat(self):
        """The three parts as floats [n, d]; bytes become values in [0, 1]."""
        unit = 255 if self.train.dtype == np.uint8 else 1
        return [part.reshape(len(part), -1) / unit for part in (self.train, self.normal, self.anomalous)]


def split(normal, anomalous, share, seed):
    """A share of the normal rows to train on; the others, in their first order, to test."""
    order = np.random.default_rng(seed).permutation(len(normal))
    count = round(share * len(normal))
    return Split(normal[np.sort(order[:count])], normal[np.sort(order[count:])], anomalous)


def tiles(picture, side=TILE):
    """A large picture's squares, none of which overlaps another: [n, side, side, channels]."""
    rows, columns = picture.shape[0] // side, picture.shape[1] // side
    cut = picture[: rows * side, : columns * side].reshape(rows, side, columns, side, -1)
    return cut.swapaxes(1, 2).reshape(rows * columns, side, side, -1)


class Tumours:
    """Breast cancer in Wisconsin: 30 measures of 569 tumours' cell nuclei. Benign ones are normal."""

    def __init__(self):
        import sklearn.datasets

        self.data = sklearn.datasets.load_breast_cancer()

    def split(self, seed):
        rows, benign = self.data.data, self.data.target == 1
        return split(rows[benign], rows[~benign], 0.7, seed)

    def write(self, parts, folder):
        self.write_table(folder / "train.csv", [(parts.train, "benign")])
        self.write_table(folder / "test.csv", [(parts.normal, "benign"), (parts.anomalous, "malignant")])

    def write_table(self, path, parts):
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*self.data.feature_names, "diagnosis"])
            for rows, diagnosis in parts:
                writer.writerows([*map(float, row), diagnosis] for row in rows)


class Tissue:
    """A microscope's picture of stained tissue, brown and blue, cut into squares; those of a brown cat and of a cup of
    coffee are the anomalies."""

    def __init__(self):
        import skimage.data

        self.normal = tiles(skimage.data.immunohistochemistry())
        self.other = np.concatenate([tiles(skimage.data.chelsea()), tiles(skimage.data.coffee())])

    def split(self, seed):
        return split(self.normal, self.other, 0.7, seed)

    def write(self, parts, folder):
        import PIL.Image

        for name, part in (("train", parts.train), ("test/normal", parts.normal), ("test/other", parts.anomalous)):
            (folder / name).mkdir(parents=True)
            for number, picture in enumerate(part):
                PIL.Image.fromarray(picture).save(folder / name / f"{number:04}.png")


class Digits:
    """Handwritten digits of 8×8 pixels. Two of the ten are left out of the training and are the anomalies: by seed 0 the
    digits 0 and 1, by seed 4 the digits 8 and 9."""

    def __init__(self):
        import sklearn.datasets

        self.data = sklearn.datasets.load_digits()

    def split(self, seed):
        images, other = self.data.images / 16, self.data.target // 2 == seed % 5
        return split(images[~other], images[other], 0.7, seed)

    def write(self, parts, folder):
        np.save(folder / "train.npy", parts.train.astype(np.float32))
        np.save(folder / "test.npy", np.concatenate([parts.normal, parts.anomalous]).astype(np.float32))
