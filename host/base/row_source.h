// Rows of numbers that are read piece by piece, so that memory does not grow with their number.
#pragma once
#include <span>
#include <vector>

#include "ae/view.h"
#include "base/rows.h"

namespace ae {

class RowSource {
public:
    RowSource() = default;
    RowSource(const RowSource&) = delete;
    RowSource& operator=(const RowSource&) = delete;
    virtual ~RowSource() = default;

    virtual int rows() const = 0;
    virtual int cols() const = 0;

    /// Rows first … first+n−1, which exist, as n × cols. Several threads may read at a time.
    virtual std::vector<float> read(int first, int n) const = 0;
};

/// Rows in memory, seen as a source; the memory stays its owner's.
class MatrixRows final : public RowSource {
public:
    explicit MatrixRows(Matrix<const float> matrix) : matrix_(matrix) {}

    int rows() const override { return matrix_.rows; }
    int cols() const override { return matrix_.cols; }
    std::vector<float> read(int first, int n) const override {
        const Matrix<const float> block = matrix_.row_block(first, n);
        return {block.data, block.data + block.size()};
    }

private:
    Matrix<const float> matrix_;
};

}  // namespace ae
