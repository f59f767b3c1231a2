#include "product.h"

#include "ae/engine.h"
#include "executor.h"
#include "memory.h"

namespace emulator {

namespace {

float dot(const Product& p, std::int64_t row, std::int64_t col) {
    float sum = 0;
    for (int part = 0; part < p.parts; ++part) {
        float partial = 0;
        for (std::int64_t i = part; i < p.k; i += p.parts) partial += p.a(row, i) * p.b(i, col);
        sum += partial;
    }
    return sum;
}

}  // namespace

float Operand::operator()(std::int64_t row, std::int64_t col) const {
    const float value = transposed ? data[col + row * ld] : data[row + col * ld];
    return mantissa_bits == ae::kMantissaBits ? value : ae::round_mantissa(value, mantissa_bits);
}

std::size_t Operand::bytes() const {
    return rows == 0 || cols == 0 ? 0 : std::size_t(ld * (cols - 1) + rows) * sizeof(float);
}

bool Operand::overlaps(const Operand& other) const {
    const auto* begin = reinterpret_cast<const char*>(data);
    const auto* other_begin = reinterpret_cast<const char*>(other.data);
    return begin < other_begin + other.bytes() && other_begin < begin + bytes();
}

int mantissa_bits(cublasComputeType_t compute) {
    return ae::mantissa_bits(compute == CUBLAS_COMPUTE_32F_FAST_16BF   ? ae::Precision::bf16
                             : compute == CUBLAS_COMPUTE_32F_FAST_TF32 ? ae::Precision::tf32
                                                                       : ae::Precision::fp32);
}

cudaError_t multiply(const Product& p) {
    if (!p.a.on_device() || !p.b.on_device() || !p.c.on_device()) return cudaErrorIllegalAddress;
    if (p.c.overlaps(p.a) || p.c.overlaps(p.b))
        throw simt::Error("emulator: the result of a product overlaps one of its factors");
    const DeviceMemory::Access access(device_memory());
    for (std::int64_t col = 0; col < p.c.cols; ++col)
        for (std::int64_t row = 0; row < p.c.rows; ++row) {
            float& c = p.result[row + col * p.c.ld];
            c = p.alpha * dot(p, row, col) + (p.beta == 0 ? 0 : p.beta * c);
        }
    note_written(p.result, p.c.bytes());
    return cudaSuccess;
}

}  // namespace emulator
