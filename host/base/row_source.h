// Rows of numbers that are read piece by piece, so that memory does not grow with their number.
#pragma once
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <utility>
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

/// Rows that tell how many of them have been read, by whatever thread, one at a time. Refers to the rows.
class CountedRows final : public RowSource {
public:
    using Listener = std::function<void(std::int64_t)>;

    CountedRows(const RowSource& rows, Listener listener) : rows_(rows), listener_(std::move(listener)) {}

    int rows() const override { return rows_.rows(); }
    int cols() const override { return rows_.cols(); }
    std::vector<float> read(int first, int n) const override {
        std::vector<float> values = rows_.read(first, n);
        const std::scoped_lock lock(mutex_);
        read_ += n;
        listener_(read_);
        return values;
    }

private:
    const RowSource& rows_;
    Listener listener_;
    mutable std::mutex mutex_;
    mutable std::int64_t read_ = 0;
};

}  // namespace ae
