"""Writes tests/golden/step.safetensors: what PyTorch makes of one batch, in double precision.

    python tools/peers/golden.py tests/golden/step.safetensors        (needs numpy and torch)

For a small network and for the real one: loss, gradients and parameters after 1 and 5 Adam steps on the same 8 images;
whole arrays of the small one, and of the real one the sum, the sum of magnitudes and the norm of every tensor.
Arrays lie flat as in ae_cuda: W1 [in, out], b1, W2, …
"""
import json
import struct
import sys

import numpy as np
import torch

import same
import torch_network

SMALL, REAL = [36, 16, 8, 16, 36], same.WIDTHS
IMAGES = 8


def random_images(pixels):
    """A fifth of the pixels lit."""
    random = np.random.default_rng(1)
    lit = random.random((IMAGES, pixels)) < 0.2
    return np.where(lit, random.integers(1, 256, (IMAGES, pixels)), 0).astype(np.uint8)


def flat(tensors):
    """torch's [out, in] turned to [in, out]."""
    return np.concatenate([t.detach().numpy().T.ravel() for t in tensors])


def statistics(tensors):
    return np.array([[t.sum(), t.abs().sum(), t.norm()] for t in (t.detach() for t in tensors)])


def run(widths, describe):
    """The arrays of one network, described by flat() or statistics()."""
    pixels = random_images(widths[0])
    x = torch.from_numpy(pixels.astype(np.float64)) / 255
    net = torch_network.network(widths, torch.float64)
    parameters = list(net.parameters())
    adam = torch.optim.Adam(parameters, same.LEARNING_RATE, (same.BETA1, same.BETA2))
    out = {"images": pixels}
    for step in range(1, 6):
        adam.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(net(x), x)
        loss.backward()
        if step == 1:
            out["loss"] = np.array([loss.item()])
            out["gradients"] = describe([p.grad for p in parameters])
        torch_network.set_epsilon(adam, step)
        adam.step()
        if step in (1, 5):
            out[f"parameters_{step}"] = describe(parameters)
    return out


def save(path, tensors):
    """The safetensors format; 64-bit arrays first, as its alignment rule has it."""
    tensors = dict(sorted(tensors.items(), key=lambda item: (-item[1].itemsize, item[0])))
    names = {"float64": "F64", "uint8": "U8"}
    header, end = {}, 0
    for name, array in tensors.items():
        header[name] = {"dtype": names[str(array.dtype)], "shape": array.shape, "data_offsets": [end, end + array.nbytes]}
        end += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(a.tobytes() for a in tensors.values()))


def main():
    tensors = {f"small.{name}": array for name, array in run(SMALL, flat).items()}
    tensors |= {f"real.{name}": array for name, array in run(REAL, statistics).items()}
    save(sys.argv[1], tensors)


if __name__ == "__main__":
    main()
