// Products of row-major matrices by cuBLAS. Those who call them need not include its headers, which are large.
#pragma once
#include <cstddef>
#include <memory>
#include <string>

#include "ae/engine.h"
#include "ae/view.h"
#include "device/device.h"

struct cublasContext;

namespace ae {

/// Products of the same shape, one for each of several models, whose matrices lie `stride` floats apart; none: one
/// product.
struct ProductBatch {
    int count = 0;
    long long stride = 0;
};

/// A cuBLAS handle with a stream and a workspace of its own: what it computes can be recorded, and the same call gives
/// the same bits. Two streams need two of these; a shared workspace would be a race.
class Cublas {
public:
    /// math: fp32 is true FP32; tf32 and bf16 let tensor cores round the factors.
    Cublas(cudaStream_t stream, Precision math, ProductBatch batch = {});

    void matmul(Matrix<float> c, Matrix<float> a, Matrix<float> b);     ///< c ← a·b
    void matmul_tn(Matrix<float> c, Matrix<float> a, Matrix<float> b);  ///< c ← aᵀ·b
    void matmul_nt(Matrix<float> c, Matrix<float> a, Matrix<float> b);  ///< c ← a·bᵀ

    /// From now on, products of this many models.
    void set_batch(ProductBatch batch) { batch_ = batch; }

    /// For others that work in the same stream, and so never at the same time.
    const DeviceBuffer<std::byte>& workspace() const { return workspace_; }

private:
    struct Destroy {
        void operator()(cublasContext* handle) const noexcept;
    };

    void multiply(Matrix<float> c, bool transpose_a, Matrix<float> a, bool transpose_b, Matrix<float> b, int depth);

    std::unique_ptr<cublasContext, Destroy> handle_;
    Precision math_;
    ProductBatch batch_;
    DeviceBuffer<std::byte> workspace_;
};

/// Loads the library, so that the first handle need not wait for it. Throws GpuError if it cannot be loaded.
void load_cublas();

/// The file that will probably be loaded; empty where only the system's own search can tell. Loads nothing.
std::string cublas_file();

/// "13.0.2". Throws GpuError if the library cannot be loaded.
std::string cublas_version();

}  // namespace ae
