"""Small inputs, drawn from the standard library alone: a folder of IDX files, pictures, an array."""
import random
import struct
import zlib

SIDE = 8
TRAIN, TEST = 64, 16
NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def image(rng, label):
    """A bright row and column whose places tell the label, and a few dots."""
    rows = [[0] * SIDE for _ in range(SIDE)]
    for i in range(SIDE):
        rows[label % SIDE][i] = 180
        rows[i][label * 3 % SIDE] = 255
        rows[i][rng.randrange(SIDE)] |= 60
    return bytes(value for row in rows for value in row)


def idx(shape, data):
    return bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + data


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(pixels):
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)
    rows = b"".join(b"\0" + pixels[i:i + SIDE] for i in range(0, len(pixels), SIDE))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def npy(count, pixels):
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({count}, {SIDE}, {SIDE}), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + pixels


def write_set(folder, rng):
    folder.mkdir()
    for (images, labels), count in zip((NAMES[:2], NAMES[2:]), (TRAIN, TEST)):
        pixels = b"".join(image(rng, i % 10) for i in range(count))
        (folder / images).write_bytes(idx((count, SIDE, SIDE), pixels))
        (folder / labels).write_bytes(idx((count,), bytes(i % 10 for i in range(count))))


def draw(folder):
    """data/, pictures/ and images.npy in the folder; the same at every call."""
    rng = random.Random(1)
    write_set(folder / "data", rng)
    (folder / "pictures").mkdir()
    pixels = [image(rng, i) for i in range(6)]
    for i, one in enumerate(pixels):
        (folder / "pictures" / f"{i}.png").write_bytes(png(one))
    (folder / "images.npy").write_bytes(npy(len(pixels), b"".join(pixels)))
    (folder / "options.cfg").write_text("data = data\nepochs = 3\nbatch-size = 16\nlayers = 64-16-64\nthreads = 2\n")
