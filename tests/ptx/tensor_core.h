// ldmatrix and mma.m16n8k16, after the PTX ISA, "Warp-level Matrix Instructions"; and how tensor cores add.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "values.h"

namespace ptx {

/// How a tensor core sums products. Hardware does not round to the nearest: it aligns all terms to the largest, cuts
/// what lies below a few bits more than 24, and cuts the sum to 24 bits, so that its errors all point one way (measured
/// by Fasi, Higham, Mikaitis and Pranesh, "Numerical behavior of NVIDIA tensor cores", PeerJ CS, 2021, and for Hopper
/// by those who came after them).
enum class Rounding {
    exact,   ///< the sum exactly, rounded once
    ampere,  ///< eight products and the sum so far at a time, one bit more
    hopper   ///< sixteen products and the sum so far at a time, two bits more
};

/// The place of an element in a matrix.
struct Cell {
    int row, col;
    bool operator==(const Cell&) const = default;
};

// Which element of a matrix a lane holds as its i-th, of m16n8k16: A [16 × 16] in 8 halves, B [16 × 8] in 4 halves, C
// and D [16 × 8] in 4 floats.
constexpr Cell cell_of_a(int lane, int i) {
    return {lane / 4 + (i / 2 % 2) * 8, lane % 4 * 2 + i % 2 + i / 4 * 8};
}
constexpr Cell cell_of_b(int lane, int i) {
    return {lane % 4 * 2 + i % 2 + i / 2 * 8, lane / 4};
}
constexpr Cell cell_of_d(int lane, int i) {
    return {lane / 4 + i / 2 * 8, lane % 4 * 2 + i % 2};
}
/// Which elements of a matrix of 8 × 8 halves ldmatrix gives a lane, as its low and its high half.
constexpr Cell cell_of_loaded(int lane, int half, bool transposed) {
    const Cell plain{lane / 4, lane % 4 * 2 + half};
    return transposed ? Cell{plain.col, plain.row} : plain;
}

constexpr std::size_t kRegistersA = 4, kRegistersB = 2, kRegistersD = 4;

/// d ← a·b + c, each a register of the warp, pairs of halves in a and b, floats in c and d.
void multiply_add(std::array<Lanes, kRegistersD>& d, const std::array<const Lanes*, kRegistersA>& a,
                  const std::array<const Lanes*, kRegistersB>& b, const std::array<const Lanes*, kRegistersD>& c,
                  Rounding rounding);

/// c + Σ products[0 … 15] as a tensor core adds them.
float sum_of_products(float c, const std::array<double, 16>& products, Rounding rounding);

}  // namespace ptx
