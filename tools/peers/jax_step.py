"""JAX with a step as one compiled program, called once a batch."""
import functools

import jax

import jax_network
import report
import same


@functools.partial(jax.jit, donate_argnums=0)
def train_step(state, total, train, images):
    state, loss = jax_network.step(state, train[images])
    return state, total + loss


validate = jax.jit(jax_network.loss_of)


class Training(jax_network.Training):
    def __init__(self, options, data):
        super().__init__(options, data)
        count = len(data.train)
        self.batches = [[order[i : i + same.BATCH] for i in range(0, count, same.BATCH)] for order in self.orders]

    def epoch(self, number):
        total = 0.0
        for images in self.batches[number]:
            self.state, total = train_step(self.state, total, self.train, images)
        val_loss = validate(self.state[0], self.test)
        return float(total) / len(self.train), float(val_loss)


if __name__ == "__main__":
    report.run("JAX jit per step", Training, ["jax", "jaxlib"])
