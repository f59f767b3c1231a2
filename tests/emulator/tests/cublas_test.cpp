// The imitated cuBLAS: exact products, refusals, capture.
#include <cublas_v2.h>
#include <gmock/gmock.h>

#include <cmath>
#include <vector>

#include "device/device.h"
#include "fresh_machine.h"

namespace ae {
namespace {

using Sgemm = emulator::FreshMachine;
using Blas = Handle<cublasHandle_t, cublasDestroy>;

Blas make_blas(cudaStream_t stream) {
    cublasHandle_t handle = nullptr;
    EXPECT_EQ(cublasCreate(&handle), CUBLAS_STATUS_SUCCESS);
    EXPECT_EQ(cublasSetStream(handle, stream), CUBLAS_STATUS_SUCCESS);
    return Blas(handle);
}

struct Sizes {
    int m = 3, n = 5, k = 4;
};

/// Small integers, so that every order of summation gives the same bits.
std::vector<float> integers(std::size_t n, int seed) {
    std::vector<float> v(n);
    for (std::size_t i = 0; i < n; ++i) v[i] = float(int(i * 7 + std::size_t(seed) * 5) % 11 - 5);
    return v;
}

DeviceBuffer<float> upload(const std::vector<float>& v) {
    DeviceBuffer<float> buffer(v.size());
    copy(buffer.data(), v.data(), v.size(), nullptr);
    return buffer;
}

cublasStatus_t gemm(cublasHandle_t blas, cublasOperation_t ta, cublasOperation_t tb, Sizes sizes, const float* alpha,
                    const float* a, int lda, const float* b, int ldb, const float* beta, float* c, int ldc,
                    cublasComputeType_t compute = CUBLAS_COMPUTE_32F) {
    return cublasGemmEx(blas, ta, tb, sizes.m, sizes.n, sizes.k, alpha, a, CUDA_R_32F, lda, b, CUDA_R_32F, ldb, beta, c,
                        CUDA_R_32F, ldc, compute, CUBLAS_GEMM_DEFAULT);
}

class SgemmForms : public Sgemm, public testing::WithParamInterface<std::tuple<bool, bool, float>> {};

TEST_P(SgemmForms, GiveTheProduct) {
    const auto [ta, tb, beta] = GetParam();
    const auto [m, n, k] = Sizes();
    const int lda = (ta ? k : m) + 2, ldb = (tb ? n : k) + 1, ldc = m + 3;
    const auto a = integers(std::size_t(lda * (ta ? m : k)), 1), b = integers(std::size_t(ldb * (tb ? k : n)), 2);
    const std::vector<float> c(std::size_t(ldc * n), beta == 0 ? NAN : 2.0f);
    const auto da = upload(a), db = upload(b), dc = upload(c);
    const Blas blas = make_blas(nullptr);
    const float alpha = 2;
    ASSERT_EQ(gemm(blas, ta ? CUBLAS_OP_T : CUBLAS_OP_N, tb ? CUBLAS_OP_T : CUBLAS_OP_N, {m, n, k}, &alpha, da.data(),
                   lda, db.data(), ldb, &beta, dc.data(), ldc),
              CUBLAS_STATUS_SUCCESS);
    std::vector<float> result(c.size());
    copy(result.data(), dc.data(), result.size(), nullptr);
    for (int col = 0; col < n; ++col)
        for (int row = 0; row < m; ++row) {
            float sum = 0;
            for (int i = 0; i < k; ++i)
                sum += a[std::size_t(ta ? i + row * lda : row + i * lda)] *
                       b[std::size_t(tb ? col + i * ldb : i + col * ldb)];
            EXPECT_EQ(result[std::size_t(row + col * ldc)], alpha * sum + (beta == 0 ? 0 : beta * 2)) << row << col;
        }
}
INSTANTIATE_TEST_SUITE_P(All, SgemmForms,
                         testing::Combine(testing::Bool(), testing::Bool(), testing::Values(0.0f, 1.0f)));

TEST_F(Sgemm, RefusesWhatCublasRefuses) {
    const Blas blas = make_blas(nullptr);
    const DeviceBuffer<float> a(4), b(4), c(4);
    const float one = 1, zero = 0;
    const auto status = [&](int m, int ldc, float* to) {
        return gemm(blas, CUBLAS_OP_N, CUBLAS_OP_N, {m, 2, 2}, &one, a.data(), 2, b.data(), 2, &zero, to, ldc);
    };
    EXPECT_EQ(status(-1, 2, c.data()), CUBLAS_STATUS_INVALID_VALUE);
    EXPECT_EQ(status(2, 1, c.data()), CUBLAS_STATUS_INVALID_VALUE);
    EXPECT_EQ(status(2, 3, c.data()), CUBLAS_STATUS_EXECUTION_FAILED);  // past the end of c
    std::vector<float> host(4);
    EXPECT_EQ(status(2, 2, host.data()), CUBLAS_STATUS_EXECUTION_FAILED);
    EXPECT_THROW((void)status(2, 2, a.data()), simt::Error);
    EXPECT_EQ(cublasSetStream(nullptr, nullptr), CUBLAS_STATUS_NOT_INITIALIZED);
    emulator::control() = {.fail_at = 1};
    EXPECT_EQ(status(2, 2, c.data()), CUBLAS_STATUS_INTERNAL_ERROR);
}

TEST_F(Sgemm, RoundsTheFactorsWhereAskedTo) {
    const Blas blas = make_blas(nullptr);
    const float value = 1 + 1.0f / 512 + 1.0f / 4096, one = 1, zero = 0;  // 12 bits of mantissa
    const auto a = upload({value}), b = upload({1.0f}), c = upload({0.0f});
    const auto product = [&](cublasComputeType_t compute) {
        EXPECT_EQ(gemm(blas, CUBLAS_OP_N, CUBLAS_OP_N, {1, 1, 1}, &one, a.data(), 1, b.data(), 1, &zero, c.data(), 1,
                       compute),
                  CUBLAS_STATUS_SUCCESS);
        float result = 0;
        copy(&result, c.data(), 1, nullptr);
        return result;
    };
    EXPECT_EQ(product(CUBLAS_COMPUTE_32F), value);
    EXPECT_EQ(product(CUBLAS_COMPUTE_32F_FAST_TF32), 1 + 1.0f / 512);
    EXPECT_EQ(product(CUBLAS_COMPUTE_32F_FAST_16BF), 1);
}

TEST_F(Sgemm, IsRecorded) {
    const Stream stream = make_stream();
    const Blas blas = make_blas(stream);
    const DeviceBuffer<float> a(1), b(1), c(1);
    float one = 1, zero = 0;
    const Graph graph = capture(stream, [&] {
        EXPECT_EQ(gemm(blas, CUBLAS_OP_N, CUBLAS_OP_N, {1, 1, 1}, &one, a.data(), 1, b.data(), 1, &zero, c.data(), 1),
                  CUBLAS_STATUS_SUCCESS);
    });
    one = NAN;  // read when it was recorded
    const float three = 3, seven = 7;
    copy(a.data(), &three, 1, stream);
    copy(b.data(), &seven, 1, stream);
    graph.launch(stream);
    float result = 0;
    copy(&result, c.data(), 1, stream);
    EXPECT_EQ(result, 21);
}

}  // namespace
}  // namespace ae
