"""PyTorch with a whole step, gather to Adam, recorded as a CUDA graph: one for full batches, one for the last. GPU only.

Epsilon is a constant of the recorded step and keeps PyTorch's place inside the corrected root; the other peers move it.
The losses after an epoch agree in four digits, which compare checks.
"""
import sys

import torch

import report
import same
import torch_network

WARM_UP_STEPS = 3  # before a recording, as libraries allocate and choose in their first calls


class Training(torch_network.Training):
    def __init__(self, options, data):
        if options.device != "gpu":
            sys.exit("torch_graph: CUDA graphs need a GPU; --device gpu")
        super().__init__(options, data)
        batches = self.orders[0].split(same.BATCH)
        self.images = {len(batch): torch.zeros_like(batch) for batch in (batches[0], batches[-1])}
        initial = [p.detach().clone() for p in self.net.parameters()]
        self.warm_up()
        self.graphs = {rows: self.record(images) for rows, images in self.images.items()}
        self.validation = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.validation):
            self.val_loss = self.validate()
        self.restore(initial)

    def make_adam(self):
        return super().make_adam(capturable=True)

    def step(self, images):
        x = self.train[images]
        loss = self.loss_of(x)
        loss.backward()
        self.adam.step()
        self.total += loss.detach() * len(x)

    def warm_up(self):
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for images in self.images.values():
                for _ in range(WARM_UP_STEPS):
                    self.adam.zero_grad(set_to_none=True)
                    self.step(images)
            self.validate()
        torch.cuda.current_stream().wait_stream(side)

    def record(self, images):
        """Gradients are allocated inside, so that backward writes them instead of adding to them."""
        self.adam.zero_grad(set_to_none=True)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.step(images)
        return graph

    def restore(self, initial):
        """Weights and Adam as they were before the warm-up; in place, since the graphs know the addresses."""
        with torch.no_grad():
            for p, value in zip(self.net.parameters(), initial):
                p.copy_(value)
                for moment in self.adam.state[p].values():
                    moment.zero_()

    def epoch(self, number):
        self.total.zero_()
        for images in self.orders[number].split(same.BATCH):
            self.images[len(images)].copy_(images)
            self.graphs[len(images)].replay()
        self.validation.replay()
        return self.total.item() / len(self.train), self.val_loss.item()


if __name__ == "__main__":
    report.run("PyTorch CUDA graph", Training, ["torch"])
