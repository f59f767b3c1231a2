// The verbs of a step with bias, activation and their gradients inside the products, where cublasLt can; where it
// cannot, the product and then the kernel that CudaBackend has for the rest, product by product.
#pragma once
#include <algorithm>
#include <map>

#include "cublas/lt_products.h"
#include "engines/cuda_device.h"

namespace ae {

class CublasLtBackend : public CudaBackend {
public:
    CublasLtBackend(const Settings& settings, const Dataset& data, int capacity, const EngineOptions& options)
        : CudaBackend(settings, data, capacity, options),
          lt_(options.math, options.autotune),
          capacity_(capacity),
          batch_(settings.batch_size),
          last_batch_(data.train.count % std::max(1, settings.batch_size)) {}

    void matmul(Matrix<float> c, Matrix<float> a, Matrix<float> b) {
        if (!run({c, false, a, false, b}, c.rows)) CudaBackend::matmul(c, a, b);
    }
    void matmul_nt(Matrix<float> c, Matrix<float> a, Matrix<float> b) {
        if (!run({c, false, a, true, b}, c.rows)) CudaBackend::matmul_nt(c, a, b);
    }
    void matmul_tn(Matrix<float> c, Matrix<float> a, Matrix<float> b) {
        beside([&](cudaStream_t stream, Cublas& cublas) {
            if (!lt_.run({c, true, a, false, b}, is_batch(a.rows), stream, cublas.workspace()))
                cublas.matmul_tn(c, a, b);
        });
    }

    /// cublasLt's ReLU may turn NaN into 0. A run that diverges is still seen in its loss: the output has no ReLU.
    void linear(Matrix<float> z, Matrix<float> x, Matrix<float> weight, Vector<float> bias, Activation f) {
        const auto done = [&](Epilogue epilogue, std::byte* bits = nullptr) {
            return run({z, false, x, false, weight, epilogue, bias, bits}, z.rows);
        };
        if (f == Activation::relu) {
            Mask& mask = mask_of(z);
            mask.written = done(Epilogue::relu_mask_bias, mask.bits.data());
            if (mask.written || done(Epilogue::relu_bias)) return;
        }
        if (f == Activation::linear && done(Epilogue::bias)) return;
        matmul(z, x, weight);
        bias_activation(z, bias, f);
    }

    void linear_grad(Matrix<float> da, Vector<float> db, Matrix<float> a, Matrix<float> dz, Matrix<float> weight,
                     Activation f) {
        if (f == Activation::relu)
            if (const Mask& mask = mask_of(a); mask.written)
                if (run({da, false, dz, true, weight, Epilogue::relu_grad, db, mask.bits.data()}, da.rows)) return;
        matmul_nt(da, dz, weight);
        activation_grad(da, db, a, f);
    }

    void weight_grad(Matrix<float> dw, Vector<float> db, Matrix<float> x, Matrix<float> dz) {
        bool done = false;
        beside([&](cudaStream_t stream, Cublas& cublas) {
            const LtProduct product{dw, true, x, false, dz, Epilogue::bias_grad, db};
            done = lt_.run(product, is_batch(x.rows), stream, cublas.workspace());
        });
        if (done) return;
        sum_rows(db, dz);
        matmul_tn(dw, x, dz);
    }

private:
    /// Which elements of a layer's output are on, as the product that wrote it left them.
    struct Mask {
        DeviceBuffer<std::byte> bits;
        bool written = false;  ///< by the last product, which may have had no algorithm that writes it
    };

    Mask& mask_of(Matrix<float> output) {
        Mask& mask = masks_[output.data];
        if (mask.bits.size() == 0) mask.bits = DeviceBuffer<std::byte>(relu_mask_bytes(capacity_, output.cols));
        return mask;
    }

    /// Products of training steps are worth timing; those of other numbers of rows come seldom, in any number.
    bool is_batch(int rows) const { return rows == batch_ || rows == last_batch_; }

    bool run(const LtProduct& product, int rows) {
        return lt_.run(product, is_batch(rows), stream(), cublas().workspace());
    }

    CublasLt lt_;
    int capacity_, batch_, last_batch_;
    std::map<const float*, Mask> masks_;  ///< by the output
};

}  // namespace ae
