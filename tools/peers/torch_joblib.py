"""Models of several seeds in PyTorch, shared out to processes by joblib, a thread each.

    AE_DATA_DIR=… python tools/peers/torch_joblib.py --models 8 --jobs 2 --epochs 3
"""
import json

import joblib
import torch

import report
import same
import torch_network


class Model(torch_network.Training):
    """A training with the weights and the order of its own seed."""

    def __init__(self, options, images, seed):
        data = same.Data(*images, [same.epoch_order(e, len(images[0]), seed) for e in range(options.epochs)])
        super().__init__(options, data)
        self.net = torch_network.network(same.WIDTHS, seed=seed)
        self.adam = self.make_adam()


def val_loss(options, images, seed):
    model = Model(options, images, seed)
    return [model.epoch(number)[1] for number in range(options.epochs)][-1]


def main():
    parser = report.parser()
    parser.set_defaults(threads=1)
    parser.add_argument("--models", type=int, default=8)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    data = same.data(0)
    seeds = range(42, 42 + options.models)
    run = joblib.Parallel(n_jobs=options.jobs)  # which lets the processes map one copy of the images
    losses = run(joblib.delayed(val_loss)(options, (data.train, data.test), seed) for seed in seeds)
    versions = {"torch": torch.__version__, "joblib": joblib.__version__}
    print(json.dumps({"peer": "joblib over PyTorch", "versions": versions, "val_losses": losses}))


if __name__ == "__main__":
    main()
