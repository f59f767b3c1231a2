#include "model/parameter_tensors.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "ae/error.h"
#include "base/text.h"
#include "file/tensor_floats.h"

namespace ae {

namespace {

std::vector<std::uint64_t> extents(const Layer& layer) {
    return {static_cast<std::uint64_t>(layer.fan_out), static_cast<std::uint64_t>(layer.fan_in)};
}

/// Row-major [rows × cols] to [cols × rows].
void transpose(std::span<float> to, std::span<const float> from, int rows, int cols) {
    const auto r_count = static_cast<std::size_t>(rows), c_count = static_cast<std::size_t>(cols);
    for (std::size_t r = 0; r < r_count; ++r)
        for (std::size_t c = 0; c < c_count; ++c) to[c * r_count + r] = from[r * c_count + c];
}

std::string shape_text(Dtype dtype, std::span<const std::uint64_t> shape) {
    return fmt::format("{} [{}]", dtype_name(dtype), fmt::join(shape, ", "));
}

bool is_float(Dtype dtype) {
    return dtype == Dtype::f16 || dtype == Dtype::bf16 || dtype == Dtype::f32 || dtype == Dtype::f64;
}

void check_tensor(const TensorFile& file, const std::string& tensor_name, const std::vector<std::uint64_t>& expected,
                  const Shape& shape, const std::string& name) {
    const auto at = file.tensors.find(tensor_name);
    if (at == file.tensors.end())
        throw ModelError(fmt::format("{}: tensor {} is missing; a network {} has it", name, tensor_name, shape.text()));
    if (!is_float(at->second.dtype) || at->second.shape != expected)
        throw ModelError(fmt::format("{}: tensor {} is {}; in a network {} it is {}", name, tensor_name,
                                     shape_text(at->second.dtype, at->second.shape), shape.text(),
                                     shape_text(Dtype::f32, expected)));
}

std::uint64_t extent(const Tensor& tensor, std::size_t axis, const std::string& name) {
    if (tensor.shape.size() != 2 || tensor.shape[axis] > 65536)
        throw ModelError(fmt::format("{}: a weight is {}, expected a matrix of at most 65,536 × 65,536", name,
                                     shape_text(tensor.dtype, tensor.shape)));
    return tensor.shape[axis];
}

}  // namespace

std::vector<float> take_floats(TensorFile& file, const std::string& tensor_name, const std::string& name) {
    const Tensor tensor = std::move(file.tensors.extract(tensor_name).mapped());
    std::optional<std::vector<float>> floats = to_floats(tensor);
    if (!floats)
        throw ModelError(fmt::format("{}: tensor {} is {}, expected floats of 16 to 64 bits", name, tensor_name,
                                     shape_text(tensor.dtype, tensor.shape)));
    std::vector<float> values = std::move(*floats);
    for (std::size_t i = 0; i < values.size(); ++i)
        if (!std::isfinite(values[i]))
            throw ModelError(
                fmt::format("{}: tensor {} holds {} at place {}; the training that made it diverged, or the file is "
                            "damaged",
                            name, tensor_name, without_sign_of_nan(values[i]), i));
    return values;
}

void add_parameters(TensorFile& file, const Shape& shape, const std::string& prefix, std::span<const float> flat) {
    for (std::size_t l = 0; l < shape.layers().size(); ++l) {
        const Layer& layer = shape.layers()[l];
        const std::string layer_name = prefix + shape.layer_name(static_cast<int>(l));
        std::vector<float> weight(layer.bias - layer.weight);
        transpose(weight, flat.subspan(layer.weight, weight.size()), layer.fan_in, layer.fan_out);
        const auto bias = flat.subspan(layer.bias, static_cast<std::size_t>(layer.fan_out));
        file.tensors[layer_name + ".weight"] = tensor_of(weight, extents(layer));
        file.tensors[layer_name + ".bias"] = tensor_of(bias, {extents(layer)[0]});
    }
}

std::vector<float> take_parameters(TensorFile& file, const Shape& shape, const std::string& prefix,
                                   const std::string& name) {
    std::vector<std::string> layer_names;
    for (const Layer& layer : shape.layers()) {  // before memory is allocated for what the file may only claim to hold
        layer_names.push_back(prefix + shape.layer_name(static_cast<int>(layer_names.size())));
        check_tensor(file, layer_names.back() + ".weight", extents(layer), shape, name);
        check_tensor(file, layer_names.back() + ".bias", {extents(layer)[0]}, shape, name);
    }
    std::vector<float> flat(shape.parameters());
    for (std::size_t l = 0; l < layer_names.size(); ++l) {
        const Layer& layer = shape.layers()[l];
        const std::vector<float> weight = take_floats(file, layer_names[l] + ".weight", name);
        transpose(std::span(flat).subspan(layer.weight, weight.size()), weight, layer.fan_out, layer.fan_in);
        const std::vector<float> bias = take_floats(file, layer_names[l] + ".bias", name);
        std::copy(bias.begin(), bias.end(), flat.begin() + static_cast<std::ptrdiff_t>(layer.bias));
    }
    return flat;
}

void check_nothing_left(const TensorFile& file, const Shape& shape, const std::string& name) {
    if (file.tensors.empty()) return;
    throw ModelError(
        fmt::format("{}: tensor {:.80} has no place in a network {}", name, file.tensors.begin()->first, shape.text()));
}

Shape shape_of_tensors(const TensorFile& file, const std::string& name) {
    std::vector<int> widths;
    for (const char* part : {"encoder", "decoder"}) {
        for (int place = 0;; place += 2) {
            const auto at = file.tensors.find(fmt::format("{}.{}.weight", part, place));
            if (at == file.tensors.end()) break;
            if (widths.empty()) widths.push_back(static_cast<int>(extent(at->second, 1, name)));
            widths.push_back(static_cast<int>(extent(at->second, 0, name)));
        }
    }
    if (widths.empty())
        throw ModelError(fmt::format("{}: has no tensor encoder.0.weight; is it an autoencoder's model?", name));
    try {
        return Shape(widths);
    } catch (const UsageError& error) {
        throw ModelError(fmt::format("{}: {}", name, error.what()));
    }
}

}  // namespace ae
