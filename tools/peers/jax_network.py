"""Shared code of the JAX peers: the network from ae_cuda's weights, Adam as Keras writes it, a step."""
import jax
import jax.numpy as jnp

import same


def choose_device(options):
    """Applies the precision; the device."""
    # On a GPU JAX's own default is TF32; both are asked for by name.
    jax.config.update("jax_default_matmul_precision", "tensorfloat32" if options.precision == "tf32" else "highest")
    return jax.devices("gpu" if options.device == "gpu" else "cpu")[0]


def initial_state(device, seed=42):
    """Parameters, Adam's moments and the number of steps done."""
    parameters = [tuple(map(jnp.asarray, layer)) for layer in same.initial_parameters(same.WIDTHS, seed)]
    zeros = lambda: jax.tree.map(jnp.zeros_like, parameters)
    return jax.device_put((parameters, zeros(), zeros(), jnp.int32(0)), device)


def loss_of(parameters, x):
    z = x
    for number, (weight, bias) in enumerate(parameters):
        z = z @ weight + bias
        if number + 1 < len(parameters):
            z = jax.nn.relu(z)
    return jnp.mean(jax.nn.softplus(z) - x * z)


def step(state, x):
    """The state after a step and the step's loss, summed over images."""
    parameters, m, v, done = state
    loss, gradients = jax.value_and_grad(loss_of)(parameters, x)
    done += 1
    t = done.astype(jnp.float32)
    rate = same.LEARNING_RATE * jnp.sqrt(1 - same.BETA2**t) / (1 - same.BETA1**t)
    m = jax.tree.map(lambda a, g: same.BETA1 * a + (1 - same.BETA1) * g, m, gradients)
    v = jax.tree.map(lambda a, g: same.BETA2 * a + (1 - same.BETA2) * g * g, v, gradients)
    parameters = jax.tree.map(lambda p, a, b: p - rate * a / (jnp.sqrt(b) + same.EPSILON), parameters, m, v)
    return (parameters, m, v, done), loss * len(x)


class Training:
    def __init__(self, options, data):
        where = choose_device(options)
        self.device = where.device_kind
        self.train, self.test = (jax.device_put(images, where) for images in (data.train, data.test))
        self.orders = [jax.device_put(order.astype("int32"), where) for order in data.orders]
        self.state = initial_state(where)
