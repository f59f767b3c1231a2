// A product in cublasLt's form: descriptors of the operation and of its matrices. Only lt_products.cu includes it.
#pragma once
#include <cublasLt.h>

#include <bit>

#include "cublas/lt_products.h"
#include "cublas/types.h"

namespace ae {

/// As CublasApi. What sets up descriptors in place is inline in the header, around the functions that are named here.
struct CublasLtApi {
    decltype(&cublasLtCreate) create = AE_CUBLAS_FUNCTION(cublasLtCreate);
    decltype(&cublasLtDestroy) destroy = AE_CUBLAS_FUNCTION(cublasLtDestroy);
    decltype(&cublasLtGetVersion) get_version = AE_CUBLAS_FUNCTION(cublasLtGetVersion);
    decltype(&cublasLtMatmulDescInit_internal) begin_operation = AE_CUBLAS_FUNCTION(cublasLtMatmulDescInit_internal);
    decltype(&cublasLtMatmulDescSetAttribute) set_operation = AE_CUBLAS_FUNCTION(cublasLtMatmulDescSetAttribute);
    decltype(&cublasLtMatrixLayoutInit_internal) begin_layout = AE_CUBLAS_FUNCTION(cublasLtMatrixLayoutInit_internal);
    decltype(&cublasLtMatmulPreferenceInit_internal) begin_preference =
        AE_CUBLAS_FUNCTION(cublasLtMatmulPreferenceInit_internal);
    decltype(&cublasLtMatmulPreferenceSetAttribute) set_preference =
        AE_CUBLAS_FUNCTION(cublasLtMatmulPreferenceSetAttribute);
    decltype(&cublasLtMatmulAlgoGetHeuristic) propose = AE_CUBLAS_FUNCTION(cublasLtMatmulAlgoGetHeuristic);
    decltype(&cublasLtMatmulAlgoCheck) check_algorithm = AE_CUBLAS_FUNCTION(cublasLtMatmulAlgoCheck);
    decltype(&cublasLtMatmul) matmul = AE_CUBLAS_FUNCTION(cublasLtMatmul);
};

inline const CublasLtApi& cublaslt_api() {
    static const CublasLtApi api;
    return api;
}

constexpr std::int64_t kMaskBits = 128;  // rows of a mask are a multiple of it

static_assert(sizeof(cublasLtMatmulAlgo_t) == sizeof(Algorithm));

/// Whether cublasLt answers that it cannot do this, here or at all; its versions do not agree on the code.
inline bool is_refusal(cublasStatus_t status) {
    return status == CUBLAS_STATUS_NOT_SUPPORTED || status == CUBLAS_STATUS_ARCH_MISMATCH ||
           status == CUBLAS_STATUS_INVALID_VALUE;
}

inline std::uint32_t code(Epilogue epilogue) {
    switch (epilogue) {
        case Epilogue::none:
            return CUBLASLT_EPILOGUE_DEFAULT;
        case Epilogue::bias:
            return CUBLASLT_EPILOGUE_BIAS;
        case Epilogue::relu_bias:
            return CUBLASLT_EPILOGUE_RELU_BIAS;
        case Epilogue::relu_mask_bias:
            return CUBLASLT_EPILOGUE_RELU_AUX_BIAS;
        case Epilogue::relu_grad:
            return CUBLASLT_EPILOGUE_DRELU_BGRAD;
        case Epilogue::bias_grad:
            return CUBLASLT_EPILOGUE_BGRADA;
    }
    return CUBLASLT_EPILOGUE_DEFAULT;
}

inline std::int64_t mask_ld(int cols) {
    return (cols + kMaskBits - 1) / kMaskBits * kMaskBits;
}

template <typename T>
void set(cublasLtMatmulDescOpaque_t& operation, cublasLtMatmulDescAttributes_t attribute, const T& value) {
    check(cublaslt_api().set_operation(&operation, attribute, &value, sizeof value));
}

inline cublasLtMatrixLayoutOpaque_t layout(Matrix<float> m) {
    cublasLtMatrixLayoutOpaque_t result;
    check(cublaslt_api().begin_layout(&result, sizeof result, CUDA_R_32F, m.cols, m.rows, m.cols));
    return result;
}

inline cublasLtMatmulDescOpaque_t describe(const LtProduct& p, Precision math) {
    cublasLtMatmulDescOpaque_t result;
    check(cublaslt_api().begin_operation(&result, sizeof result, compute_type(math), CUDA_R_32F));
    set(result, CUBLASLT_MATMUL_DESC_TRANSA, static_cast<std::int32_t>(operation(p.transpose_b)));
    set(result, CUBLASLT_MATMUL_DESC_TRANSB, static_cast<std::int32_t>(operation(p.transpose_a)));
    set(result, CUBLASLT_MATMUL_DESC_EPILOGUE, code(p.epilogue));
    if (p.epilogue != Epilogue::none) set(result, CUBLASLT_MATMUL_DESC_BIAS_POINTER, p.bias.data);
    if (p.mask != nullptr) {
        set(result, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, p.mask);
        set(result, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, mask_ld(p.c.cols));
    }
    return result;
}

/// cublasLt takes descriptors by non-const pointers but does not change them.
struct LtCall {
    LtCall(cublasLtContext* h, const LtProduct& p, Precision math, cudaStream_t s, const DeviceBuffer<std::byte>& w)
        : handle(h),
          product(p),
          stream(s),
          workspace(w),
          operation(describe(p, math)),
          a(layout(p.b)),
          b(layout(p.a)),
          d(layout(p.c)) {}

    cublasStatus_t launch(const Algorithm& algorithm) const {
        const float one = 1, zero = 0;
        const auto algo = std::bit_cast<cublasLtMatmulAlgo_t>(algorithm);
        const LtProduct& p = product;
        return cublaslt_api().matmul(handle, &operation, &one, p.b.data, &a, p.a.data, &b, &zero, p.c.data, &d,
                                     p.c.data, &d, &algo, workspace.data(), workspace.size(), stream);
    }

    /// Whether an algorithm from a file is one for this product, this library and this device.
    bool suits(const Algorithm& algorithm) const {
        const auto algo = std::bit_cast<cublasLtMatmulAlgo_t>(algorithm);
        cublasLtMatmulHeuristicResult_t result;
        const cublasStatus_t status =
            cublaslt_api().check_algorithm(handle, &operation, &a, &b, &d, &d, &algo, &result);
        if (is_refusal(status)) return false;
        check(status);
        return result.workspaceSize <= workspace.size();
    }

    cublasLtContext* handle;
    const LtProduct& product;
    cudaStream_t stream;
    const DeviceBuffer<std::byte>& workspace;
    mutable cublasLtMatmulDescOpaque_t operation;
    mutable cublasLtMatrixLayoutOpaque_t a, b, d;
};

}  // namespace ae
