#include "sgemm_step.h"

#include <cmath>

namespace ptx {

namespace {

using Values = std::vector<float>;

constexpr int kShort = 128;     // sums of up to this number of terms are not cut
constexpr int kBiasLanes = 64;  // rows that a bias gradient takes at once

struct Size {
    int rows, cols, depth;
};

/// [rows × cols] of sums over k of a(row, k)·b(k, col).
template <typename A, typename B>
Values product(Size size, A a, B b, int parts) {
    Values c;
    for (int row = 0; row < size.rows; ++row) {
        for (int col = 0; col < size.cols; ++col) {
            float total = 0;
            for (int part = 0; part < parts; ++part) {
                float sum = 0;
                for (int k = size.depth * part / parts; k < size.depth * (part + 1) / parts; ++k)
                    sum = std::fma(a(row, k), b(k, col), sum);
                total += sum;
            }
            c.push_back(total);
        }
    }
    return c;
}

/// Element (row, col) of a matrix in `values`, which begins at `first` and has `cols` columns.
auto matrix(const Values& values, int cols, std::size_t first = 0) {
    return
        [&values, cols, first](int row, int col) { return values[first + static_cast<std::size_t>(row * cols + col)]; };
}

template <typename M>
auto transposed(M m) {
    return [m](int row, int col) { return m(col, row); };
}

class Step {
public:
    Step(const ae::Shape& shape, const Values& parameters, const Values& images, int parts)
        : layers_(shape.layers()),
          parameters_(parameters),
          rows_(static_cast<int>(images.size()) / shape.pixels()),
          parts_(parts),
          outputs_{images},
          gradient_(parameters.size()) {}

    Values gradient() {
        for (const ae::Layer& layer : layers_) outputs_.push_back(forward(layer));
        Values dz = loss_gradient();
        for (std::size_t l = layers_.size(); l-- > 0;) {
            keep_gradients(l, dz);
            if (l > 0) dz = backward(l, dz);
        }
        return std::move(gradient_);
    }

private:
    Values forward(const ae::Layer& layer) const {
        const bool is_last = layer.bias == layers_.back().bias;
        Values z = product({rows_, layer.fan_out, layer.fan_in}, matrix(outputs_.back(), layer.fan_in),
                           matrix(parameters_, layer.fan_out, layer.weight), layer.fan_in > kShort ? parts_ : 1);
        for (std::size_t i = 0; i < z.size(); ++i) {
            z[i] += parameters_[layer.bias + i % static_cast<std::size_t>(layer.fan_out)];
            if (!is_last) z[i] = ae::relu(z[i]);
        }
        return z;
    }

    Values loss_gradient() const {
        const Values &logits = outputs_.back(), &target = outputs_.front();
        const float scale = 1.0f / static_cast<float>(logits.size());
        Values dz;
        for (std::size_t i = 0; i < logits.size(); ++i) dz.push_back(ae::bce(logits[i], target[i]).dlogit * scale);
        return dz;
    }

    void keep_gradients(std::size_t l, const Values& dz) {
        const ae::Layer& layer = layers_[l];
        const Values dw = product({layer.fan_in, layer.fan_out, rows_}, transposed(matrix(outputs_[l], layer.fan_in)),
                                  matrix(dz, layer.fan_out), 2);
        std::copy(dw.begin(), dw.end(), gradient_.begin() + static_cast<std::ptrdiff_t>(layer.weight));
        for (int col = 0; col < layer.fan_out; ++col)
            gradient_[layer.bias + static_cast<std::size_t>(col)] = column_sum(dz, col, layer.fan_out);
    }

    float column_sum(const Values& dz, int col, int cols) const {
        float lanes[kBiasLanes] = {}, sum = 0;
        for (int row = 0; row < rows_; ++row) lanes[row % kBiasLanes] += dz[static_cast<std::size_t>(row * cols + col)];
        for (const float lane : lanes) sum += lane;
        return sum;
    }

    Values backward(std::size_t l, const Values& dz) const {
        const ae::Layer& layer = layers_[l];
        Values below =
            product({rows_, layer.fan_in, layer.fan_out}, matrix(dz, layer.fan_out),
                    transposed(matrix(parameters_, layer.fan_out, layer.weight)), layer.fan_out > kShort ? parts_ : 1);
        for (std::size_t i = 0; i < below.size(); ++i) below[i] = ae::relu_grad(below[i], outputs_[l][i]);
        return below;
    }

    const std::vector<ae::Layer>& layers_;
    const Values& parameters_;
    int rows_, parts_;
    std::vector<Values> outputs_;  ///< of each layer; the first are the images
    Values gradient_;
};

}  // namespace

std::vector<float> sgemm_gradient(const ae::Shape& shape, const std::vector<float>& parameters,
                                  const std::vector<float>& images, int parts) {
    return Step(shape, parameters, images, parts).gradient();
}

}  // namespace ptx
