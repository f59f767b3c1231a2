// Conversions shared by products.cu and lt_products.cu; no other source needs them.
#pragma once
#include "ae/engine.h"
#include "cublas/library.h"
#include "device/device.h"

namespace ae {

inline void check(cublasStatus_t status, Location at = Location::current()) {
    if (status != CUBLAS_STATUS_SUCCESS)
        throw_gpu_error(
            std::string("cuBLAS: ") + cublas_api().status_name(status) + ": " + cublas_api().status_text(status), at);
}

inline cublasComputeType_t compute_type(Precision math) {
    switch (math) {
        case Precision::fp32:
            return CUBLAS_COMPUTE_32F;
        case Precision::tf32:
            return CUBLAS_COMPUTE_32F_FAST_TF32;
        case Precision::bf16:
            return CUBLAS_COMPUTE_32F_FAST_16BF;
    }
    return CUBLAS_COMPUTE_32F;
}

inline cublasOperation_t operation(bool transpose) {
    return transpose ? CUBLAS_OP_T : CUBLAS_OP_N;
}

}  // namespace ae
