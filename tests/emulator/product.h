// A product of column-major matrices by a plain loop, as cublas.cpp and cublaslt.cpp imitate it.
#pragma once
#include <cstdint>

#include "cublas_v2.h"

namespace emulator {

/// op(M) of a matrix as it is stored, with the rounding of its elements.
struct Operand {
    const float* data;
    std::int64_t ld, rows, cols;  // as stored
    bool transposed = false;
    int mantissa_bits = 23;

    float operator()(std::int64_t row, std::int64_t col) const;
    std::size_t bytes() const;
    bool valid() const { return rows >= 0 && cols >= 0 && ld >= (rows > 1 ? rows : 1); }
    bool on_device() const { return bytes() == 0 || emulator::on_device(data, bytes()); }
    bool overlaps(const Operand& other) const;
};

/// How many bits of a factor's mantissa a product sees.
int mantissa_bits(cublasComputeType_t compute);

struct Product {
    Operand a, b, c;
    float* result;
    std::int64_t k;
    float alpha, beta;
    int parts = 1;  ///< of each sum, as in kernels that split sums: another order, other last bits

    bool valid() const { return a.valid() && b.valid() && c.valid(); }
};

/// result ← alpha · a·b + beta · c, on the device. Throws simt::Error where the result overlaps a factor.
cudaError_t multiply(const Product& product);

}  // namespace emulator
