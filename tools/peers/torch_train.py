"""Trains the same network as ae_cuda in PyTorch on the CPU, from the same weights on the same batches; prints JSON.

    AE_DATA_DIR=… python tools/peers/torch_train.py --epochs 3 --threads 2 --mode eager|compile

Given its best form: images resident as floats, fused Adam, no .item() inside an epoch, the loss summed on the way.
"""
import argparse
import json
import time

import numpy as np
import torch

import same

WIDTHS, BATCH = [784, 128, 64, 128, 784], 256
LEARNING_RATE, BETA1, BETA2, EPSILON = 1e-3, 0.9, 0.999, 1e-7


def network():
    modules = []
    for weight, bias in same.initial_parameters(WIDTHS):
        linear = torch.nn.Linear(*weight.shape)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weight.T.copy()))
            linear.bias.copy_(torch.from_numpy(bias))
        modules += [linear, torch.nn.ReLU()]
    return torch.nn.Sequential(*modules[:-1])


class Training:
    def __init__(self, mode):
        as_floats = lambda kind: torch.from_numpy(same.images(kind).astype(np.float32) / 255)
        self.train, self.test = as_floats("train"), as_floats("t10k")
        self.net = network()
        self.adam = torch.optim.Adam(self.net.parameters(), LEARNING_RATE, (BETA1, BETA2), fused=True)
        self.loss = torch.nn.BCEWithLogitsLoss()
        self.forward = torch.compile(self.loss_of) if mode == "compile" else self.loss_of
        self.steps = 0

    def loss_of(self, x):
        return self.loss(self.net(x), x)

    def step(self, x):
        self.adam.zero_grad()
        loss = self.forward(x)
        loss.backward()
        self.steps += 1
        # Keras' epsilon stands outside the corrected root, PyTorch's inside: the same update with this one.
        self.adam.param_groups[0]["eps"] = EPSILON / (1 - BETA2**self.steps) ** 0.5
        self.adam.step()
        return loss.detach() * len(x)

    def epoch(self, number):
        order = torch.from_numpy(same.epoch_order(number, len(self.train)))
        start = time.perf_counter()
        total = sum(self.step(self.train[images]) for images in order.split(BATCH))
        seconds = time.perf_counter() - start
        with torch.no_grad():
            losses = [self.loss_of(x) * len(x) for x in self.test.split(BATCH)]
        return {
            "loss": float(total) / len(self.train),
            "val_loss": float(sum(losses)) / len(self.test),
            "images_per_s": len(self.train) / seconds,
            "seconds": time.perf_counter() - start,
        }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--threads", type=int, default=0, help="0: as PyTorch chooses")
    parser.add_argument("--mode", choices=["eager", "compile"], default="eager")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    training = Training(arguments.mode)
    epochs = [training.epoch(number) for number in range(arguments.epochs)]
    print(json.dumps({"peer": f"torch {torch.__version__} {arguments.mode}", "threads": torch.get_num_threads(), "epochs": epochs}))


if __name__ == "__main__":
    main()
