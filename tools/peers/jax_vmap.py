"""Models of several seeds in JAX, all of them in every step by vmap; a step is one compiled program.

    AE_DATA_DIR=… python tools/peers/jax_vmap.py --models 8 --epochs 3
"""
import functools
import json

import jax
import jax.numpy as jnp
import numpy as np

import jax_network
import report
import same


@functools.partial(jax.jit, donate_argnums=0)
def train_step(states, train, images):
    return jax.vmap(lambda state, own: jax_network.step(state, train[own])[0])(states, images)


@jax.jit
def validate(states, test):
    return jax.lax.map(lambda state: jax_network.loss_of(state[0], test), states)


def states_of(seeds, device):
    states = [jax_network.initial_state(device, seed) for seed in seeds]
    return jax.tree.map(lambda *parts: jnp.stack(parts), *states)


def main():
    parser = report.parser()
    parser.add_argument("--models", type=int, default=8)
    options = parser.parse_args()
    device = jax_network.choose_device(options)
    data, seeds = same.data(0), range(42, 42 + options.models)
    train, test = jax.device_put((data.train, data.test), device)
    states = states_of(seeds, device)
    for epoch in range(options.epochs):
        orders = np.stack([same.epoch_order(epoch, len(data.train), seed) for seed in seeds]).astype(np.int32)
        for first in range(0, orders.shape[1], same.BATCH):
            states = train_step(states, train, orders[:, first : first + same.BATCH])
        losses = validate(states, test)
    versions = {"jax": jax.__version__}
    print(json.dumps({"peer": "JAX vmap over seeds", "versions": versions, "val_losses": losses.tolist()}))


if __name__ == "__main__":
    main()
