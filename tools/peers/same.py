"""Everything that the peers share with ae_cuda: data, initial weights, order of images. Mirrors include/ae/arithmetic.h in numpy."""
import dataclasses
import gzip
import os
import pathlib

import numpy as np

WIDTHS, BATCH = [784, 128, 64, 128, 784], 256
LEARNING_RATE, BETA1, BETA2, EPSILON = 1e-3, 0.9, 0.999, 1e-7

U64 = np.uint64


def mix(x):
    with np.errstate(over="ignore"):
        x = np.asarray(x, U64) + U64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> U64(30))) * U64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> U64(27))) * U64(0x94D049BB133111EB)
    return x ^ (x >> U64(31))


def random_bits(seed, stream, index):
    return mix(mix(mix(seed) ^ U64(stream)) ^ np.asarray(index, U64))


def initial_parameters(widths, seed=42):
    """[(W [in, out], b [out]), …] as ae_cuda starts from."""
    layers, offset = [], 0
    for fan_in, fan_out in zip(widths, widths[1:]):
        index = np.arange(offset, offset + fan_in * fan_out, dtype=U64)
        unit = (random_bits(seed, 0x676C6F726F74, index) >> U64(40)).astype(np.float32) * np.float32(2.0**-24)
        limit = np.sqrt(np.float32(6) / np.float32(fan_in + fan_out))
        layers.append((((2 * unit - 1) * limit).reshape(fan_in, fan_out), np.zeros(fan_out, np.float32)))
        offset += fan_in * fan_out + fan_out
    return layers


def epoch_order(epoch, images, seed=42):
    """The images of an epoch in the order in which ae_cuda shows them."""
    key = random_bits(seed, 0x73687566666C65, epoch)
    half = 1
    while 1 << (2 * half) < images:
        half += 1
    half_bits, mask = U64(half), U64((1 << half) - 1)
    x = np.arange(images, dtype=U64)
    inside = np.zeros(images, bool)
    while not inside.all():
        left, right = x >> half_bits, x & mask
        for number in range(8):
            left, right = right, left ^ (mix(key ^ (U64(number << 32) | right)) & mask)
        x = np.where(inside, x, left << half_bits | right)
        inside = x < images
    return x.astype(np.int64)


def images(kind):
    """MNIST's "train" or "t10k" as bytes [n, 784], from $AE_DATA_DIR/mnist."""
    folder = pathlib.Path(os.environ.get("AE_DATA_DIR", "data")) / "mnist"
    with gzip.open(folder / f"{kind}-images-idx3-ubyte.gz") as file:
        return np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784)


@dataclasses.dataclass
class Data:
    train: np.ndarray  # [60000, 784] in [0, 1]
    test: np.ndarray  # [10000, 784]
    orders: list  # of every epoch, [60000]


def data(epochs):
    train, test = (images(kind).astype(np.float32) / 255 for kind in ("train", "t10k"))
    return Data(train, test, [epoch_order(number, len(train)) for number in range(epochs)])
