// matmul, matmul_tn and matmul_nt: the only file that calls cuBLAS.
//
// cuBLAS takes column-major matrices. Row-major memory read by columns is the transpose, and cᵀ = (a·b)ᵀ = bᵀ·aᵀ: so
// the product of the swapped factors, each as it lies in memory, writes c where and how it is wanted. Nothing is
// transposed or copied.
#include "cublas/products.h"
#include "cublas/types.h"

namespace ae {

namespace {

cublasContext* create() {
    cublasHandle_t handle = nullptr;
    check(cublas_api().create(&handle));
    return handle;
}

/// The workspace that cuBLAS itself would allocate: 32 MiB from Hopper on, 4 MiB before. Too little forbids it the
/// split-K kernels that the small products of a step need.
std::size_t workspace_bytes() {
    int device = 0, major = 0;
    check(cudaGetDevice(&device));
    check(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device));
    return std::size_t(major >= 9 ? 32 : 4) << 20;
}

}  // namespace

void Cublas::Destroy::operator()(cublasContext* handle) const noexcept {
    (void)cublas_api().destroy(handle);
}

Cublas::Cublas(cudaStream_t stream, Precision math, ProductBatch batch)
    : handle_(create()), math_(math), batch_(batch), workspace_(workspace_bytes()) {
    check(cublas_api().set_stream(handle_.get(), stream));  // before the workspace, which this call would reset
    check(cublas_api().set_workspace(handle_.get(), workspace_.data(), workspace_.size()));
}

/// c ← op(a)·op(b) over `depth`, all row-major.
void Cublas::multiply(Matrix<float> c, bool transpose_a, Matrix<float> a, bool transpose_b, Matrix<float> b,
                      int depth) {
    const float one = 1, zero = 0;
    if (batch_.count > 0) {
        check(cublas_api().gemm_strided_batched_ex(
            handle_.get(), operation(transpose_b), operation(transpose_a), c.cols, c.rows, depth, &one, b.data,
            CUDA_R_32F, b.cols, batch_.stride, a.data, CUDA_R_32F, a.cols, batch_.stride, &zero, c.data, CUDA_R_32F,
            c.cols, batch_.stride, batch_.count, compute_type(math_), CUBLAS_GEMM_DEFAULT));
        return;
    }
    check(cublas_api().gemm_ex(handle_.get(), operation(transpose_b), operation(transpose_a), c.cols, c.rows, depth,
                               &one, b.data, CUDA_R_32F, b.cols, a.data, CUDA_R_32F, a.cols, &zero, c.data, CUDA_R_32F,
                               c.cols, compute_type(math_), CUBLAS_GEMM_DEFAULT));
}

void Cublas::matmul(Matrix<float> c, Matrix<float> a, Matrix<float> b) {
    require_shapes(c.rows == a.rows && c.cols == b.cols && a.cols == b.rows);
    multiply(c, false, a, false, b, a.cols);
}

void Cublas::matmul_tn(Matrix<float> c, Matrix<float> a, Matrix<float> b) {
    require_shapes(c.rows == a.cols && c.cols == b.cols && a.rows == b.rows);
    multiply(c, true, a, false, b, a.rows);
}

void Cublas::matmul_nt(Matrix<float> c, Matrix<float> a, Matrix<float> b) {
    require_shapes(c.rows == a.rows && c.cols == b.rows && a.cols == b.cols);
    multiply(c, false, a, true, b, a.cols);
}

void load_cublas() {
    (void)cublas_api();
}

std::string cublas_file() {
    return cublas_file_to_load();
}

std::string cublas_version() {
    std::string text;
    for (const libraryPropertyType part : {MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL}) {
        int value = 0;
        check(cublas_api().get_property(part, &value));
        text += (text.empty() ? "" : ".") + std::to_string(value);
    }
    return text;
}

}  // namespace ae
