#include "tensor_core.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace ptx {

namespace {

constexpr int kRows = 16, kCols = 8, kDepth = 16;
constexpr int kMantissa = 23;  // bits of a float after its point

struct Matrices {
    float a[kRows][kDepth], b[kDepth][kCols], c[kRows][kCols];
};

float half_of(const Lanes& pairs, int lane, int which) {
    return half_to_float(static_cast<std::uint16_t>(pairs[static_cast<std::size_t>(lane)] >> 16 * which));
}

Matrices gather(const std::array<const Lanes*, kRegistersA>& a, const std::array<const Lanes*, kRegistersB>& b,
                const std::array<const Lanes*, kRegistersD>& c) {
    Matrices m;
    for (int lane = 0; lane < kLanes; ++lane) {
        for (int i = 0; i < 8; ++i) {
            const Cell at = cell_of_a(lane, i);
            m.a[at.row][at.col] = half_of(*a[static_cast<std::size_t>(i / 2)], lane, i % 2);
        }
        for (int i = 0; i < 4; ++i) {
            const Cell at_b = cell_of_b(lane, i), at_c = cell_of_d(lane, i);
            m.b[at_b.row][at_b.col] = half_of(*b[static_cast<std::size_t>(i / 2)], lane, i % 2);
            m.c[at_c.row][at_c.col] =
                value_of<float>((*c[static_cast<std::size_t>(i)])[static_cast<std::size_t>(lane)]);
        }
    }
    return m;
}

/// Cut off, as a tensor core does, to 24 + extra bits below the largest of all, and their sum to 24.
float cut_sum(float c, std::span<const double> products, int extra) {
    double largest = std::fabs(static_cast<double>(c));
    for (const double p : products) largest = std::max(largest, std::fabs(p));
    if (largest == 0) return c;
    const int unit = std::ilogb(largest) - kMantissa - extra;
    const double to_units = std::ldexp(1.0, -unit);                           // powers of two: nothing is rounded
    auto sum = static_cast<std::int64_t>(static_cast<double>(c) * to_units);  // towards zero
    for (const double p : products) sum += static_cast<std::int64_t>(p * to_units);
    if (sum == 0) return 0;
    const double whole = static_cast<double>(sum);
    const double last = std::ldexp(1.0, std::ilogb(whole) - kMantissa);
    return static_cast<float>(std::ldexp(std::trunc(whole / last) * last, unit));
}

float exact_sum(float c, const std::array<double, 16>& products) {
    double sum = static_cast<double>(c);
    for (const double p : products) sum += p;
    return static_cast<float>(sum);
}

}  // namespace

float sum_of_products(float c, const std::array<double, 16>& products, Rounding rounding) {
    const float exact = exact_sum(c, products);
    if (rounding == Rounding::exact || !std::isfinite(exact)) return exact;  // the latter on all hardware alike
    const std::span<const double> all = products;
    if (rounding == Rounding::hopper) return cut_sum(c, all, 2);
    return cut_sum(cut_sum(c, all.first(8), 1), all.last(8), 1);
}

void multiply_add(std::array<Lanes, kRegistersD>& d, const std::array<const Lanes*, kRegistersA>& a,
                  const std::array<const Lanes*, kRegistersB>& b, const std::array<const Lanes*, kRegistersD>& c,
                  Rounding rounding) {
    Matrices m = gather(a, b, c);
    for (int row = 0; row < kRows; ++row) {
        for (int col = 0; col < kCols; ++col) {
            std::array<double, kDepth> products;
            for (int k = 0; k < kDepth; ++k)
                products[static_cast<std::size_t>(k)] =
                    static_cast<double>(m.a[row][k]) * static_cast<double>(m.b[k][col]);
            m.c[row][col] = sum_of_products(m.c[row][col], products, rounding);
        }
    }
    for (int lane = 0; lane < kLanes; ++lane) {
        for (int i = 0; i < 4; ++i) {
            const Cell at = cell_of_d(lane, i);
            d[static_cast<std::size_t>(i)][static_cast<std::size_t>(lane)] = bits_of<float>(m.c[at.row][at.col]);
        }
    }
}

}  // namespace ptx
