#include <algorithm>
#include <array>
#include <vector>

#include "control.h"
#include "cublas_v2.h"
#include "product.h"
#include "stream.h"

using namespace emulator;

struct cublasContext {
    cudaStream_t stream = nullptr;
};

namespace {

Operand operand(cublasOperation_t op, const void* data, int ld, int rows, int cols, int mantissa_bits = 23) {
    const bool transposed = op == CUBLAS_OP_T;
    return {static_cast<const float*>(data), ld,         transposed ? cols : rows,
            transposed ? rows : cols,        transposed, mantissa_bits};
}

cublasStatus_t begin_cublas_call(cublasHandle_t handle) {
    if (handle == nullptr) return CUBLAS_STATUS_NOT_INITIALIZED;
    return begin_call() == cudaSuccess ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INTERNAL_ERROR;
}

struct StatusText {
    cublasStatus_t status;
    const char *name, *text;
};
constexpr std::array kStatuses{
    StatusText{CUBLAS_STATUS_SUCCESS, "CUBLAS_STATUS_SUCCESS", "success"},
    StatusText{CUBLAS_STATUS_NOT_INITIALIZED, "CUBLAS_STATUS_NOT_INITIALIZED", "the library was not initialized"},
    StatusText{CUBLAS_STATUS_ALLOC_FAILED, "CUBLAS_STATUS_ALLOC_FAILED", "the resource allocation failed"},
    StatusText{CUBLAS_STATUS_INVALID_VALUE, "CUBLAS_STATUS_INVALID_VALUE",
               "an unsupported value or parameter was passed to the function"},
    StatusText{CUBLAS_STATUS_ARCH_MISMATCH, "CUBLAS_STATUS_ARCH_MISMATCH", "the device lacks a required feature"},
    StatusText{CUBLAS_STATUS_NOT_SUPPORTED, "CUBLAS_STATUS_NOT_SUPPORTED", "the functionality is not supported"},
    StatusText{CUBLAS_STATUS_EXECUTION_FAILED, "CUBLAS_STATUS_EXECUTION_FAILED", "the GPU program failed to execute"},
    StatusText{CUBLAS_STATUS_INTERNAL_ERROR, "CUBLAS_STATUS_INTERNAL_ERROR", "an internal operation failed"},
};

const StatusText& text_of(cublasStatus_t status) {
    const auto* at = std::ranges::find(kStatuses, status, &StatusText::status);
    return at == kStatuses.end() ? kStatuses.back() : *at;
}

}  // namespace

cublasStatus_t cublasCreate(cublasHandle_t* handle) {
    if (begin_call() != cudaSuccess) return CUBLAS_STATUS_ALLOC_FAILED;
    *handle = new cublasContext;
    ++live_handles();
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasDestroy(cublasHandle_t handle) {
    if (handle == nullptr) return CUBLAS_STATUS_NOT_INITIALIZED;
    delete handle;
    --live_handles();
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetStream(cublasHandle_t handle, cudaStream_t stream) {
    const cublasStatus_t status = begin_cublas_call(handle);
    if (status == CUBLAS_STATUS_SUCCESS) handle->stream = stream;
    return status;
}

cublasStatus_t cublasSetWorkspace(cublasHandle_t handle, void* workspace, std::size_t bytes) {
    const cublasStatus_t status = begin_cublas_call(handle);
    if (status != CUBLAS_STATUS_SUCCESS) return status;
    return on_device(workspace, bytes) ? status : CUBLAS_STATUS_INVALID_VALUE;
}

cublasStatus_t cublasGetProperty(libraryPropertyType property, int* value) {
    *value = property == MAJOR_VERSION ? CUDART_VERSION / 1000 : 0;
    return CUBLAS_STATUS_SUCCESS;
}

const char* cublasGetStatusName(cublasStatus_t status) {
    return text_of(status).name;
}
const char* cublasGetStatusString(cublasStatus_t status) {
    return text_of(status).text;
}

cublasStatus_t cublasGemmEx(cublasHandle_t handle, cublasOperation_t transa, cublasOperation_t transb, int m, int n,
                            int k, const void* alpha, const void* a, cudaDataType_t a_type, int lda, const void* b,
                            cudaDataType_t b_type, int ldb, const void* beta, void* c, cudaDataType_t c_type, int ldc,
                            cublasComputeType_t compute, cublasGemmAlgo_t algo) {
    return cublasGemmStridedBatchedEx(handle, transa, transb, m, n, k, alpha, a, a_type, lda, 0, b, b_type, ldb, 0,
                                      beta, c, c_type, ldc, 0, 1, compute, algo);
}

cublasStatus_t cublasGemmStridedBatchedEx(cublasHandle_t handle, cublasOperation_t transa, cublasOperation_t transb,
                                          int m, int n, int k, const void* alpha, const void* a, cudaDataType_t,
                                          int lda, long long stride_a, const void* b, cudaDataType_t, int ldb,
                                          long long stride_b, const void* beta, void* c, cudaDataType_t, int ldc,
                                          long long stride_c, int count, cublasComputeType_t compute,
                                          cublasGemmAlgo_t) {
    const cublasStatus_t status = begin_cublas_call(handle);
    if (status != CUBLAS_STATUS_SUCCESS) return status;
    const int bits = mantissa_bits(compute);
    const auto product = [=](long long i) {
        return Product{operand(transa, static_cast<const float*>(a) + i * stride_a, lda, m, k, bits),
                       operand(transb, static_cast<const float*>(b) + i * stride_b, ldb, k, n, bits),
                       operand(CUBLAS_OP_N, static_cast<float*>(c) + i * stride_c, ldc, m, n),
                       static_cast<float*>(c) + i * stride_c,
                       k,
                       *static_cast<const float*>(alpha),
                       *static_cast<const float*>(beta)};
    };
    std::vector<Product> products;
    for (int i = 0; i < count; ++i) products.push_back(product(i));
    const bool lie_apart = count <= 1 || static_cast<std::size_t>(stride_c) * sizeof(float) >= products[0].c.bytes();
    if (count < 0 || !lie_apart || !std::ranges::all_of(products, &Product::valid)) return CUBLAS_STATUS_INVALID_VALUE;
    const cudaError_t error = submit(handle->stream, [products] {
        for (const Product& each : products)
            if (const cudaError_t failed = multiply(each)) return failed;
        return cudaSuccess;
    });
    return error == cudaSuccess ? status : CUBLAS_STATUS_EXECUTION_FAILED;
}
