// The shape of a network, and the place of each parameter in the one flat array that holds them all.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace ae {

/// One fully connected layer: y = x·W + b with W [fan_in × fan_out], b [fan_out].
struct Layer {
    int fan_in = 0;
    int fan_out = 0;
    std::size_t weight = 0;  ///< offset of W in the flat array, row-major [fan_in × fan_out]
    std::size_t bias = 0;    ///< offset of b, right after W
};

/// Layer widths from the input to the output, e.g. 784-128-64-128-784.
/// An activation follows every layer but the last, which gives the logits of the pixels.
class Shape {
public:
    /// Throws UsageError unless there are at least two layers, every width lies in 1…65,536, the last equals the first
    /// (an autoencoder gives back what it was given) and an int can count the parameters.
    explicit Shape(std::vector<int> widths = {784, 128, 64, 128, 784});

    /// Reads "784-128-64-128-784" (or with commas). Throws UsageError.
    static Shape parse(const std::string& text);

    const std::vector<int>& widths() const { return widths_; }
    const std::vector<Layer>& layers() const { return layers_; }
    int pixels() const { return widths_.front(); }

    /// Number of layers up to and including the one that gives the code: the narrowest, the first of several.
    int encoder_layers() const { return encoder_layers_; }
    int code_size() const { return widths_[static_cast<std::size_t>(encoder_layers_)]; }

    /// Length of the flat array W1 b1 W2 b2 …: 218,192 for the default shape.
    std::size_t parameters() const { return parameters_; }

    /// Multiplications and additions of a training step, per image: forward, input gradients (none for the first
    /// layer), weight gradients. 1,101,824 for the default shape.
    double flops_per_image() const;

    /// Name of layer l's tensors in files, as in a torch.nn.Sequential encoder and decoder: "encoder.0", "encoder.2",
    /// "decoder.0", … (the odd places are the activations).
    std::string layer_name(int l) const;

    std::string text() const;  ///< "784-128-64-128-784"
    bool operator==(const Shape& other) const { return widths_ == other.widths_; }

private:
    std::vector<int> widths_;
    std::vector<Layer> layers_;
    int encoder_layers_ = 0;
    std::size_t parameters_ = 0;
};

}  // namespace ae
