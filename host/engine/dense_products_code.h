// The products of dense_products.h, compiled once for every level: see each_simd_level.h.
//
// A block of c stays in registers while it is summed up. The columns of b that it needs are copied to a panel in the
// nearest cache, once for all rows of a tile; a is read where it lies.

/// Neighbours in a row that fill a register; four of them.
constexpr int kProductLane = kVectorBytes / static_cast<int>(sizeof(float));
typedef float ProductLane __attribute__((vector_size(kVectorBytes), aligned(alignof(float)), may_alias));
typedef float Quad __attribute__((vector_size(4 * sizeof(float)), aligned(alignof(float)), may_alias));

constexpr int kLanes = 2, kColumns = kLanes * kProductLane;
constexpr int kRowsAtOnce = kVectorBytes == 64 ? 12 : 6;  // as many as there are registers for
constexpr int kDepth = 256;                               // terms of a sum; a panel of more leaves the nearest cache

struct Panel {
    alignas(64) float row[kDepth][kColumns];
};

/// Part of a matrix, where it lies.
struct Source {
    const float* at;
    std::ptrdiff_t stride;  ///< from row to row
};

/// c (kRows × kColumns) ← a·panel, or c ← c + a·panel. `depth` terms of each sum.
template <int kRows, bool kTransposed>
inline void multiply_rows(float* c, std::ptrdiff_t stride, Source a, const Panel& panel, int depth, bool is_first) {
    ProductLane sum[kRows][kLanes] = {};
    if (!is_first) {
#pragma GCC unroll 12
        for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 2
            for (int l = 0; l < kLanes; ++l)
                sum[r][l] = *reinterpret_cast<const ProductLane*>(c + r * stride + l * kProductLane);
    }
    for (int d = 0; d < depth; ++d) {
        const auto* b = reinterpret_cast<const ProductLane*>(panel.row[d]);
#pragma GCC unroll 12
        for (int r = 0; r < kRows; ++r) {
            const float factor = kTransposed ? a.at[d * a.stride + r] : a.at[r * a.stride + d];
#pragma GCC unroll 2
            for (int l = 0; l < kLanes; ++l) sum[r][l] += factor * b[l];
        }
    }
#pragma GCC unroll 12
    for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 2
        for (int l = 0; l < kLanes; ++l) *reinterpret_cast<ProductLane*>(c + r * stride + l * kProductLane) = sum[r][l];
}

/// The same for a number of rows that is known only now.
template <int kRows, bool kTransposed>
inline void multiply_up_to(int rows, float* c, std::ptrdiff_t stride, Source a, const Panel& panel, int depth,
                           bool is_first) {
    if (rows == kRows)
        multiply_rows<kRows, kTransposed>(c, stride, a, panel, depth, is_first);
    else if constexpr (kRows > 1)
        multiply_up_to<kRows - 1, kTransposed>(rows, c, stride, a, panel, depth, is_first);
}

/// panel ← rows of b, `columns` of each; zeros beyond. Asks for the columns of the next panel, which come while this
/// one is used: processors that fetch ahead do not see what is next, for rows lie far apart.
inline void copy_rows(Panel& panel, Source b, int depth, int columns) {
    for (int d = 0; d < depth; ++d) {
        const float* from = b.at + d * b.stride;
        __builtin_prefetch(from + kColumns);
        if (columns == kColumns) {
            for (int c = 0; c < kColumns; ++c) panel.row[d][c] = from[c];
        } else {
            std::fill(std::copy_n(from, columns, panel.row[d]), panel.row[d] + kColumns, 0.0f);
        }
    }
}

/// to ← four rows, each of four, as columns.
inline void transpose_quads(float* to, const float* from, std::ptrdiff_t stride) {
    const auto row = [&](int r) { return *reinterpret_cast<const Quad*>(from + r * stride); };
    const Quad a = row(0), b = row(1), c = row(2), d = row(3);
    const Quad ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    const Quad ab2 = __builtin_shufflevector(a, b, 2, 6, 3, 7), cd2 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    const auto store = [&](int i, Quad q) { *reinterpret_cast<Quad*>(to + i * kColumns) = q; };
    store(0, __builtin_shufflevector(ab, cd, 0, 1, 4, 5));
    store(1, __builtin_shufflevector(ab, cd, 2, 3, 6, 7));
    store(2, __builtin_shufflevector(ab2, cd2, 0, 1, 4, 5));
    store(3, __builtin_shufflevector(ab2, cd2, 2, 3, 6, 7));
}

/// panel ← columns of b, `columns` rows of it; zeros beyond.
inline void copy_columns(Panel& panel, Source b, int depth, int columns) {
    const int whole_depth = depth / 4 * 4, whole_columns = columns / 4 * 4;
    for (int c = 0; c < whole_columns; c += 4)
        for (int d = 0; d < whole_depth; d += 4) transpose_quads(&panel.row[d][c], b.at + c * b.stride + d, b.stride);
    for (int d = 0; d < depth; ++d) {
        for (int c = d < whole_depth ? whole_columns : 0; c < columns; ++c) panel.row[d][c] = b.at[c * b.stride + d];
        for (int c = columns; c < kColumns; ++c) panel.row[d][c] = 0;
    }
}

/// p + n, also where a matrix without terms has no memory.
inline const float* moved(const float* p, std::ptrdiff_t n) {
    return p == nullptr ? nullptr : p + n;
}

/// Columns [first, first + columns) of a tile, to c.
template <bool kTransposed>
inline void multiply_columns(float* c, std::ptrdiff_t stride, const Product<float>& p, const Tile& tile, int first,
                             int columns) {
    Panel panel;
    const int terms = kTransposed ? p.a.rows : p.a.cols;
    const int depths = std::max(1, (terms + kDepth - 1) / kDepth), rows = (tile.rows + kRowsAtOnce - 1) / kRowsAtOnce;
    for (int k = 0; k < depths; ++k) {
        const int from = terms * k / depths, depth = terms * (k + 1) / depths - from;
        if (p.b_transposed)
            copy_columns(panel, {moved(p.b.row(first), from), p.b.cols}, depth, columns);
        else
            copy_rows(panel, {moved(p.b.row(from), first), p.b.cols}, depth, columns);
        for (int r = 0; r < rows; ++r) {
            const int row = tile.rows * r / rows, count = tile.rows * (r + 1) / rows - row, at = tile.row + row;
            const float* a = kTransposed ? moved(p.a.row(from), at) : moved(p.a.row(at), from);
            multiply_up_to<kRowsAtOnce, kTransposed>(count, c + row * stride, stride, {a, p.a.cols}, panel, depth,
                                                     k == 0);
        }
    }
}

template <bool kTransposed>
inline void multiply_tile(const Product<float>& p, const Tile& tile) {
    const int end = tile.column + tile.columns;
    int first = tile.column;
    for (; first + kColumns <= end; first += kColumns)
        multiply_columns<kTransposed>(p.c.row(tile.row) + first, p.c.cols, p, tile, first, kColumns);
    if (first == end) return;
    std::vector<float> last(static_cast<std::size_t>(tile.rows) * kColumns);  // wider than what is left
    multiply_columns<kTransposed>(last.data(), kColumns, p, tile, first, end - first);
    for (int r = 0; r < tile.rows; ++r)
        std::copy_n(last.data() + r * kColumns, end - first, p.c.row(tile.row + r) + first);
}

[[gnu::flatten]] inline void multiply_dense(const Product<float>& product, const Tile& tile) {
    if (product.a_transposed)
        multiply_tile<true>(product, tile);
    else
        multiply_tile<false>(product, tile);
}

constexpr DenseProducts kDenseProducts{multiply_dense};
