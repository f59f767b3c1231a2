// Products of row-major matrices by cuBLAS, which is included by cublas.cu alone.
#pragma once
#include <cstddef>
#include <memory>
#include <string>

#include "ae/engine.h"
#include "ae/view.h"
#include "cuda.h"

struct cublasContext;

namespace ae {

/// A cuBLAS handle with a stream and a workspace of its own: what it computes can be recorded, and the same call gives
/// the same bits. Two streams need two of these; a shared workspace would be a race.
class Cublas {
public:
    /// math: fp32 is true FP32; tf32 rounds the factors to 10 bits of mantissa and uses tensor cores.
    Cublas(cudaStream_t stream, Math math);

    void matmul(Matrix<float> c, Matrix<float> a, Matrix<float> b);     ///< c ← a·b
    void matmul_tn(Matrix<float> c, Matrix<float> a, Matrix<float> b);  ///< c ← aᵀ·b
    void matmul_nt(Matrix<float> c, Matrix<float> a, Matrix<float> b);  ///< c ← a·bᵀ

private:
    struct Destroy {
        void operator()(cublasContext* handle) const noexcept;
    };

    std::unique_ptr<cublasContext, Destroy> handle_;
    DeviceBuffer<std::byte> workspace_;
};

/// "13.0.2".
std::string cublas_version();

}  // namespace ae
