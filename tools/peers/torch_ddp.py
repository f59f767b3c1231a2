"""PyTorch's DistributedDataParallel with gloo: processes that share every batch on a CPU, a thread each.

    AE_DATA_DIR=… python tools/peers/torch_ddp.py --ranks 2 --batch 256 --epochs 3

Prints one JSON object: images/s of every epoch after the first, validation left out, and the last validation loss.
"""
import json
import tempfile
import time

import torch
import torch.distributed as dist

import report
import same
import torch_network


class Rank(torch_network.Training):
    """Takes its part of the rows of every batch; DDP adds the gradients up while it goes back."""

    def __init__(self, options, data):
        super().__init__(options, data)
        self.batch, self.rank, self.ranks = options.batch, dist.get_rank(), dist.get_world_size()
        self.net = torch.nn.parallel.DistributedDataParallel(self.net)
        self.test = self.test.tensor_split(self.ranks)[self.rank]

    def train_epoch(self, number):
        for images in self.orders[number].split(self.batch):
            self.step(images.tensor_split(self.ranks)[self.rank])

    def mean_over_ranks(self, value):
        dist.all_reduce(value)
        return value.item() / self.ranks


def train(rank, options, meeting, answer):
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=options.ranks)
    data = same.data(options.epochs)
    training, speeds = Rank(options, data), []
    for number in range(options.epochs):
        start = time.perf_counter()
        training.train_epoch(number)
        speeds.append(len(data.train) / (time.perf_counter() - start))
        val_loss = training.mean_over_ranks(training.validate())
    if rank == 0:
        answer.put({"images_per_s": speeds[1:], "val_loss": val_loss})
    dist.barrier()  # gloo aborts a process whose neighbour has left while it still waits for it
    dist.destroy_process_group()


def main():
    parser = report.parser()
    parser.set_defaults(threads=1)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--batch", type=int, default=same.BATCH)
    options = parser.parse_args()
    answer = torch.multiprocessing.get_context("spawn").SimpleQueue()
    with tempfile.TemporaryDirectory() as folder:
        torch.multiprocessing.spawn(train, (options, f"{folder}/meeting", answer), nprocs=options.ranks)
    print(json.dumps({"peer": "PyTorch DDP, gloo", "versions": {"torch": torch.__version__}} | answer.get()))


if __name__ == "__main__":
    main()
