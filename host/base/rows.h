// Vectors of floats seen as rows (images, codes), and rows shared out among threads.
#pragma once
#include <algorithm>
#include <limits>
#include <span>
#include <stdexcept>
#include <type_traits>

#include "ae/view.h"
#include "base/thread_pool.h"

namespace ae {

/// The values of a vector or a span as rows of `cols`. Throws std::invalid_argument unless they are whole rows.
template <typename Values>
auto as_rows(Values& values, int cols) {
    if (cols < 1 || values.size() % static_cast<std::size_t>(cols) != 0)
        throw std::invalid_argument("as_rows: values that are not whole rows");
    if (values.size() / static_cast<std::size_t>(cols) > std::size_t(std::numeric_limits<int>::max()))
        throw std::invalid_argument("as_rows: more rows than an int can count");
    using T = std::remove_pointer_t<decltype(values.data())>;
    return Matrix<T>{values.data(), static_cast<int>(values.size() / static_cast<std::size_t>(cols)), cols};
}

template <typename T>
std::span<T> row_of(Matrix<T> m, int row) {
    return {m.row(row), static_cast<std::size_t>(m.cols)};
}

inline int chunks_in(int rows, int chunk) {
    return (rows + chunk - 1) / chunk;
}

/// Shares rows out in chunks: body(index of the chunk, its first row, number of rows), on any free thread.
template <typename Body>
void share_rows(ThreadPool& pool, int rows, int chunk, Body&& body) {
    pool.run(chunks_in(rows, chunk), [&](int i) { body(i, i * chunk, std::min(chunk, rows - i * chunk)); });
}

}  // namespace ae
