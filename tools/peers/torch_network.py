"""Shared code of the PyTorch peers: the network from ae_cuda's weights, fused Adam, an epoch of steps."""
import numpy as np
import torch

import same


def network(widths, dtype=torch.float32, seed=42):
    modules = []
    for weight, bias in same.initial_parameters(widths, seed):
        linear = torch.nn.Linear(*weight.shape, dtype=dtype)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(np.ascontiguousarray(weight.T)))
            linear.bias.copy_(torch.from_numpy(bias))
        modules += [linear, torch.nn.ReLU()]
    return torch.nn.Sequential(*modules[:-1])


def set_epsilon(adam, step):
    """Keras' epsilon stands outside the corrected root, PyTorch's inside: the same update with this one. Steps from 1."""
    adam.param_groups[0]["eps"] = same.EPSILON / (1 - same.BETA2**step) ** 0.5


def choose_device(options):
    """Applies precision and threads; the device."""
    torch.set_float32_matmul_precision("high" if options.precision == "tf32" else "highest")
    if options.threads:
        torch.set_num_threads(options.threads)
    return torch.device("cuda" if options.device == "gpu" else "cpu")


def device_name(device):
    return torch.cuda.get_device_name() if device.type == "cuda" else f"cpu, {torch.get_num_threads()} threads"


class Training:
    """Eager; images and order lie on the device, and nothing of a step comes back before the epoch's end."""

    def __init__(self, options, data):
        where = choose_device(options)
        self.device = device_name(where)
        self.train, self.test = (torch.from_numpy(images).to(where) for images in (data.train, data.test))
        self.orders = [torch.from_numpy(order).to(where) for order in data.orders]
        self.net = network(same.WIDTHS).to(where)
        self.bce = torch.nn.BCEWithLogitsLoss()
        self.adam = self.make_adam()
        self.total = torch.zeros((), device=where)
        self.steps = 0

    def make_adam(self, **how):
        betas = (same.BETA1, same.BETA2)
        return torch.optim.Adam(self.net.parameters(), same.LEARNING_RATE, betas, same.EPSILON, fused=True, **how)

    def loss_of(self, x):
        return self.bce(self.net(x), x)

    def step(self, images):
        x = self.train[images]
        self.adam.zero_grad()
        loss = self.loss_of(x)
        loss.backward()
        self.steps += 1
        set_epsilon(self.adam, self.steps)
        self.adam.step()
        self.total += loss.detach() * len(x)

    def validate(self):
        with torch.no_grad():
            return self.loss_of(self.test)

    def epoch(self, number):
        self.total.zero_()
        for images in self.orders[number].split(same.BATCH):
            self.step(images)
        val_loss = self.validate()
        return self.total.item() / len(self.train), val_loss.item()
