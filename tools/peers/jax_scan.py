"""JAX with an epoch as one compiled program: lax.scan over the full batches, the last one, the validation."""
import functools

import jax

import jax_network
import report
import same


@functools.partial(jax.jit, donate_argnums=0)
def train_epoch(state, train, test, order):
    full = len(order) // same.BATCH * same.BATCH
    state, losses = jax.lax.scan(lambda s, images: jax_network.step(s, train[images]), state, order[:full].reshape(-1, same.BATCH))
    total = losses.sum()
    if full < len(order):
        state, loss = jax_network.step(state, train[order[full:]])
        total += loss
    return state, total / len(order), jax_network.loss_of(state[0], test)


class Training(jax_network.Training):
    def epoch(self, number):
        self.state, loss, val_loss = train_epoch(self.state, self.train, self.test, self.orders[number])
        return float(loss), float(val_loss)


if __name__ == "__main__":
    report.run("JAX scan", Training, ["jax", "jaxlib"])
