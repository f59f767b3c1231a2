#include "cublasLt.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "control.h"
#include "executor.h"
#include "memory.h"
#include "product.h"
#include "stream.h"

using namespace emulator;

struct cublasLtContext {};

namespace {

constexpr std::uint64_t kMagic = 0x4C742D616C676F21, kWorkspace = 1 << 16;
constexpr std::int64_t kMaskBits = 128;
constexpr double kSlowMilliseconds = 10;

/// What an algorithm of the stand-in holds.
enum Field { magic, number, epilogue, rows, cols, depth, alignments };

cublasStatus_t begin_lt_call(cublasLtHandle_t handle) {
    if (handle == nullptr) return CUBLAS_STATUS_NOT_INITIALIZED;
    return begin_call() == cudaSuccess ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INTERNAL_ERROR;
}

template <typename T>
cublasStatus_t assign(T& to, const void* value, std::size_t bytes) {
    if (bytes != sizeof(T)) return CUBLAS_STATUS_INVALID_VALUE;
    std::memcpy(&to, value, bytes);
    return CUBLAS_STATUS_SUCCESS;
}

bool writes_mask(const cublasLtMatmulDescOpaque_t& o) {
    return o.epilogue == CUBLASLT_EPILOGUE_RELU_AUX_BIAS;
}
bool uses_mask(const cublasLtMatmulDescOpaque_t& o) {
    return writes_mask(o) || o.epilogue == CUBLASLT_EPILOGUE_DRELU_BGRAD;
}

/// The algorithm of a number for a product, but for its alignments.
cublasLtMatmulAlgo_t algorithm(std::uint64_t n, const cublasLtMatmulDescOpaque_t& o,
                               const cublasLtMatrixLayoutOpaque_t& a, const cublasLtMatrixLayoutOpaque_t& d) {
    return {{kMagic, n, o.epilogue, d.rows, d.cols, o.transa == CUBLAS_OP_T ? a.rows : a.cols, 0, 0}};
}

bool fits(const cublasLtMatmulAlgo_t& algo, const cublasLtMatmulDescOpaque_t& o, const cublasLtMatrixLayoutOpaque_t& a,
          const cublasLtMatrixLayoutOpaque_t& d) {
    const cublasLtMatmulAlgo_t whole = algorithm(algo.data[number], o, a, d);
    return !control().lt_refused.contains(int(o.epilogue)) &&
           algo.data[number] < std::uint64_t(control().lt_proposals) &&
           std::equal(algo.data, algo.data + alignments, whole.data);
}

Operand operand(std::int32_t op, const void* data, const cublasLtMatrixLayoutOpaque_t& m, int bits) {
    return {static_cast<const float*>(data), m.ld, std::int64_t(m.rows), std::int64_t(m.cols), op == CUBLAS_OP_T, bits};
}

/// All that runs when the device gets to it.
struct Work {
    Product product;
    cublasLtMatmulDescOpaque_t operation;
    bool slow;

    float& result(std::int64_t row, std::int64_t col) const { return product.result[row + col * product.c.ld]; }
    float& bias(std::int64_t row) const { return static_cast<float*>(operation.bias)[row]; }

    void set_mask(std::int64_t row, std::int64_t col, bool on) const {
        auto& byte = static_cast<unsigned char*>(operation.aux)[(row + col * operation.aux_ld) / 8];
        byte = static_cast<unsigned char>((byte & ~(1 << row % 8)) | int(on) << row % 8);
    }
    bool mask(std::int64_t row, std::int64_t col) const {
        return (static_cast<unsigned char*>(operation.aux)[(row + col * operation.aux_ld) / 8] >> row % 8 & 1) != 0;
    }

    bool on_device() const {
        const auto n = std::size_t(product.c.rows);
        if (operation.epilogue == CUBLASLT_EPILOGUE_DEFAULT) return true;
        if (!emulator::on_device(operation.bias, n * sizeof(float))) return false;
        const auto mask_bytes = std::size_t(operation.aux_ld / 8 * product.c.cols);
        return !uses_mask(operation) || emulator::on_device(operation.aux, mask_bytes);
    }

    void finish_row(std::int64_t row) const;
    cudaError_t run() const;
};

/// A row of D: one unit of the layer.
void Work::finish_row(std::int64_t row) const {
    const auto e = operation.epilogue;
    float sum = 0;
    for (std::int64_t col = 0; col < product.c.cols; ++col) {
        float& value = result(row, col);
        if (e == CUBLASLT_EPILOGUE_BIAS || e == CUBLASLT_EPILOGUE_RELU_BIAS || writes_mask(operation))
            value += bias(row);
        if (e == CUBLASLT_EPILOGUE_RELU_BIAS || writes_mask(operation)) value = value > 0 ? value : 0;
        if (writes_mask(operation)) set_mask(row, col, value > 0);
        if (e == CUBLASLT_EPILOGUE_DRELU_BGRAD) sum += value = mask(row, col) ? value : 0;
    }
    if (e == CUBLASLT_EPILOGUE_BGRADA)
        for (std::int64_t i = 0; i < product.k; ++i) sum += product.a(row, i);
    if (e == CUBLASLT_EPILOGUE_DRELU_BGRAD || e == CUBLASLT_EPILOGUE_BGRADA) bias(row) = sum;
}

cudaError_t Work::run() const {
    if (slow) control().clock_ms += kSlowMilliseconds;
    if (!on_device()) return cudaErrorIllegalAddress;
    if (const cudaError_t failed = multiply(product)) return failed;
    const DeviceMemory::Access access(device_memory());
    for (std::int64_t row = 0; row < product.c.rows; ++row) finish_row(row);
    if (operation.epilogue == CUBLASLT_EPILOGUE_DRELU_BGRAD || operation.epilogue == CUBLASLT_EPILOGUE_BGRADA)
        note_written(operation.bias, std::size_t(product.c.rows) * sizeof(float));
    return cudaSuccess;
}

bool aligned(const void* p, std::uint64_t packed, int place) {
    return reinterpret_cast<std::uintptr_t>(p) % (packed >> 16 * place & 0xFFFF) == 0;
}

}  // namespace

cublasStatus_t cublasLtCreate(cublasLtHandle_t* handle) {
    if (begin_call() != cudaSuccess) return CUBLAS_STATUS_ALLOC_FAILED;
    *handle = new cublasLtContext;
    ++live_handles();
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtDestroy(cublasLtHandle_t handle) {
    if (handle == nullptr) return CUBLAS_STATUS_NOT_INITIALIZED;
    delete handle;
    --live_handles();
    return CUBLAS_STATUS_SUCCESS;
}

std::size_t cublasLtGetVersion() {
    return CUDART_VERSION;
}

cublasStatus_t cublasLtMatmulDescInit_internal(cublasLtMatmulDesc_t operation, std::size_t size,
                                               cublasComputeType_t compute, cudaDataType_t) {
    if (size != sizeof *operation) return CUBLAS_STATUS_INVALID_VALUE;
    *operation = {compute, CUBLAS_OP_N, CUBLAS_OP_N, CUBLASLT_EPILOGUE_DEFAULT, nullptr, nullptr, 0};
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t o, cublasLtMatmulDescAttributes_t attribute,
                                              const void* value, std::size_t bytes) {
    switch (attribute) {
        case CUBLASLT_MATMUL_DESC_TRANSA:
            return assign(o->transa, value, bytes);
        case CUBLASLT_MATMUL_DESC_TRANSB:
            return assign(o->transb, value, bytes);
        case CUBLASLT_MATMUL_DESC_EPILOGUE:
            return assign(o->epilogue, value, bytes);
        case CUBLASLT_MATMUL_DESC_BIAS_POINTER:
            return assign(o->bias, value, bytes);
        case CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER:
            return assign(o->aux, value, bytes);
        case CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD:
            return assign(o->aux_ld, value, bytes);
    }
    return CUBLAS_STATUS_INVALID_VALUE;
}

cublasStatus_t cublasLtMatrixLayoutInit_internal(cublasLtMatrixLayout_t layout, std::size_t size, cudaDataType_t,
                                                 std::uint64_t rows_, std::uint64_t cols_, std::int64_t ld) {
    if (size != sizeof *layout) return CUBLAS_STATUS_INVALID_VALUE;
    *layout = {rows_, cols_, ld};
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulPreferenceInit_internal(cublasLtMatmulPreference_t preference, std::size_t size) {
    if (size != sizeof *preference) return CUBLAS_STATUS_INVALID_VALUE;
    *preference = {0, {256, 256, 256, 256}};
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t p,
                                                    cublasLtMatmulPreferenceAttributes_t attribute, const void* value,
                                                    std::size_t bytes) {
    if (attribute == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES) return assign(p->workspace, value, bytes);
    return assign(p->alignment[attribute - CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES], value, bytes);
}

cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t handle, cublasLtMatmulDesc_t operation,
                                              cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t, cublasLtMatrixLayout_t,
                                              cublasLtMatrixLayout_t d, cublasLtMatmulPreference_t preference, int most,
                                              cublasLtMatmulHeuristicResult_t results[], int* found) {
    if (const cublasStatus_t failed = begin_lt_call(handle); failed != CUBLAS_STATUS_SUCCESS) return failed;
    *found = 0;
    if (control().lt_refused.contains(int(operation->epilogue))) return CUBLAS_STATUS_NOT_SUPPORTED;
    if (uses_mask(*operation) && (operation->aux_ld % kMaskBits != 0 || operation->aux_ld < std::int64_t(d->rows)))
        return CUBLAS_STATUS_INVALID_VALUE;
    if (preference->workspace < kWorkspace) return CUBLAS_STATUS_SUCCESS;
    for (; *found < std::min(most, control().lt_proposals); ++*found) {
        cublasLtMatmulHeuristicResult_t& result = results[*found];
        result = {algorithm(std::uint64_t(*found), *operation, *a, *d), kWorkspace, CUBLAS_STATUS_SUCCESS, 1, {}};
        for (int i = 0; i < 4; ++i) result.algo.data[alignments] |= std::uint64_t(preference->alignment[i]) << 16 * i;
    }
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulAlgoCheck(cublasLtHandle_t handle, cublasLtMatmulDesc_t operation,
                                       cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t, cublasLtMatrixLayout_t,
                                       cublasLtMatrixLayout_t d, const cublasLtMatmulAlgo_t* algo,
                                       cublasLtMatmulHeuristicResult_t* result) {
    if (const cublasStatus_t failed = begin_lt_call(handle); failed != CUBLAS_STATUS_SUCCESS) return failed;
    *result = {*algo, kWorkspace, CUBLAS_STATUS_SUCCESS, 1, {}};
    return fits(*algo, *operation, *a, *d) ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INVALID_VALUE;
}

cublasStatus_t cublasLtMatmul(cublasLtHandle_t handle, cublasLtMatmulDesc_t operation, const void* alpha,
                              const void* a_data, cublasLtMatrixLayout_t a, const void* b_data,
                              cublasLtMatrixLayout_t b, const void* beta, const void* c_data, cublasLtMatrixLayout_t,
                              void* d_data, cublasLtMatrixLayout_t d, const cublasLtMatmulAlgo_t* algo, void* workspace,
                              std::size_t workspace_bytes, cudaStream_t stream) {
    if (const cublasStatus_t failed = begin_lt_call(handle); failed != CUBLAS_STATUS_SUCCESS) return failed;
    const int bits = mantissa_bits(operation->compute);
    const Product product{.a = operand(operation->transa, a_data, *a, bits),
                          .b = operand(operation->transb, b_data, *b, bits),
                          .c = operand(CUBLAS_OP_N, d_data, *d, 23),
                          .result = static_cast<float*>(d_data),
                          .k = std::int64_t(algo->data[depth]),
                          .alpha = *static_cast<const float*>(alpha),
                          .beta = *static_cast<const float*>(beta),
                          .parts = 1 + int(algo->data[number])};
    const Work work{product, *operation, algo->data[number] != std::uint64_t(control().lt_fastest)};
    const std::uint64_t promised = algo->data[alignments];
    if (!fits(*algo, *operation, *a, *d) || !work.product.valid() || c_data != d_data || workspace_bytes < kWorkspace ||
        !on_device(workspace, workspace_bytes) || !aligned(a_data, promised, 0) || !aligned(b_data, promised, 1) ||
        !aligned(d_data, promised, 3))
        return CUBLAS_STATUS_INVALID_VALUE;
    const cudaError_t error = submit(stream, [work] { return work.run(); });
    return error == cudaSuccess ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_EXECUTION_FAILED;
}
