"""torch.compile around forward and loss (and so backward); $AE_COMPILE_MODE: default, or reduce-overhead (CUDA graphs)."""
import os

import torch

import report
import torch_network

MODE = os.environ.get("AE_COMPILE_MODE", "default")


class Training(torch_network.Training):
    def __init__(self, options, data):
        super().__init__(options, data)
        # Of each shape its own code: there are three, the full batch, the last one and the validation images.
        self.loss_of = torch.compile(super().loss_of, mode=MODE, dynamic=False)

    def step(self, images):
        torch.compiler.cudagraph_mark_step_begin()
        super().step(images)


if __name__ == "__main__":
    report.run("torch.compile" if MODE == "default" else f"torch.compile {MODE}", Training, ["torch"])
