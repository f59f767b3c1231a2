"""PyTorch takes WEIGHTS into an nn.Module as they are and computes what EXPECTED holds: WEIGHTS EXPECTED HIDDEN CODE."""
import sys

import torch
from safetensors.torch import load_file
from torch import nn

TOLERANCE = 1e-5
ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "linear": nn.Identity}


class Autoencoder(nn.Module):
    def __init__(self, hidden, code):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(784, 128), ACTIVATIONS[hidden](), nn.Linear(128, 64), ACTIVATIONS[code]())
        self.decoder = nn.Sequential(nn.Linear(64, 128), ACTIVATIONS[hidden](), nn.Linear(128, 784), nn.Sigmoid())


def main():
    weights, expected, hidden, code = sys.argv[1:]
    net = Autoencoder(hidden, code)
    net.load_state_dict(load_file(weights))
    tensors = load_file(expected)
    with torch.no_grad():
        codes = net.encoder(tensors["x"])
        images = net.decoder(codes)
    for name, actual in [("codes", codes), ("images", images)]:
        worst = (actual - tensors[name]).abs().max().item()
        if not worst <= TOLERANCE:
            sys.exit(f"{name} are {worst} from ours with PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
