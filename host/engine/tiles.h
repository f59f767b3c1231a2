// The tasks into which the CPU engine cuts matrices. They depend on shapes alone, never on the number of threads.
#pragma once
#include <algorithm>

namespace ae {

/// Part of a matrix.
struct Tile {
    int row = 0, rows = 0, column = 0, columns = 0;
};

/// Tiles of a matrix, numbered: small enough to share out evenly, large enough to pay for the sharing.
class Tiling {
public:
    /// Blocks of whole rows: for a batch, whose rows are independent of one another.
    static Tiling by_rows(int rows, int cols) {
        return {rows, cols, std::clamp(up((rows + kMost - 1) / kMost), kUnit, kLargest), 1};
    }
    /// For gradients of weights, which are sums over all rows of both operands: cutting the wide side repeats the least
    /// of OpenBLAS's preparation of a product.
    static Tiling by_wide_side(int rows, int cols) {
        if (cols <= kLargest) return {rows, cols, kLargest, 1};
        return {rows, cols, rows, std::min(kMost, (cols + kLargest - 1) / kLargest)};
    }

    int count() const { return (rows_ + height_ - 1) / height_ * across_; }

    Tile operator[](int i) const {
        const int row = i / across_ * height_, column = cut(i % across_);
        return {row, std::min(height_, rows_ - row), column, cut(i % across_ + 1) - column};
    }

private:
    static constexpr int kUnit = 16;  // loops over this many columns fill vectors without a rest
    static constexpr int kLargest = 64, kMost = 4;

    Tiling(int rows, int cols, int height, int across) : rows_(rows), cols_(cols), height_(height), across_(across) {}

    static int up(int n) { return (n + kUnit - 1) / kUnit * kUnit; }
    int cut(int i) const { return std::min(cols_, up(cols_) / kUnit * i / across_ * kUnit); }

    int rows_, cols_, height_, across_;
};

}  // namespace ae
