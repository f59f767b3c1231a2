"""Keras 3 as its tutorials write it: Sequential, compile(), fit(). $KERAS_BACKEND: jax, or torch."""
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras

import report
import same

BACKEND = keras.backend.backend()


def set_up(options):
    """Applies precision and threads; the device's name. Keras takes the GPU where its backend sees one."""
    if BACKEND == "torch":
        import torch_network

        return torch_network.device_name(torch_network.choose_device(options))
    import jax_network

    return jax_network.choose_device(options).device_kind


def network():
    *hidden, last = same.WIDTHS[1:]
    layers = [keras.layers.Dense(width, activation="relu") for width in hidden]
    model = keras.Sequential([keras.Input((same.WIDTHS[0],)), *layers, keras.layers.Dense(last, activation="sigmoid")])
    model.set_weights([array for layer in same.initial_parameters(same.WIDTHS) for array in layer])
    return model


class Training:
    def __init__(self, options, data):
        self.device = set_up(options)
        self.data = data
        self.model = network()
        adam = keras.optimizers.Adam(same.LEARNING_RATE, same.BETA1, same.BETA2, same.EPSILON)
        self.model.compile(optimizer=adam, loss="binary_crossentropy")

    def prepare(self, number):
        """fit() would shuffle in an order of its own: the images are laid in ours beforehand."""
        self.x = self.data.train[self.data.orders[number]]

    def epoch(self, number):
        validation = (self.data.test, self.data.test)
        history = self.model.fit(
            self.x, self.x, same.BATCH, number + 1, verbose=0, validation_data=validation, shuffle=False, initial_epoch=number
        ).history
        return history["loss"][0], history["val_loss"][0]


if __name__ == "__main__":
    report.run(f"Keras fit on {BACKEND}", Training, ["keras", BACKEND])
