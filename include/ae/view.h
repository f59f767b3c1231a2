// Borrowed memory with its shape. A view owns nothing and does not know on which side of the bus its memory lies.
#pragma once
#include <cstddef>
#include <type_traits>

namespace ae {

template <typename T>
struct Vector {
    T* data = nullptr;
    int size = 0;
};

/// Row-major, without gaps: element (r, c) is data[r · cols + c].
template <typename T>
struct Matrix {
    T* data = nullptr;
    int rows = 0;
    int cols = 0;

    std::size_t size() const { return static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols); }
    T* row(int r) const { return data + static_cast<std::size_t>(r) * static_cast<std::size_t>(cols); }
    Matrix row_block(int first, int count) const { return {row(first), count, cols}; }
    operator Matrix<const T>() const requires(!std::is_const_v<T>) { return {data, rows, cols}; }
};

template <typename T>
bool same_shape(const Matrix<T>& a, const Matrix<T>& b) {
    return a.rows == b.rows && a.cols == b.cols;
}

}  // namespace ae
