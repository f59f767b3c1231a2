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
    int depth;  ///< rows in use
};

/// Part of a matrix, where it lies.
template <typename T>
struct Part {
    T* at;
    std::ptrdiff_t stride;  ///< from row to row
};
using Source = Part<const float>;

inline ProductLane load(const float* p) {
    return *reinterpret_cast<const ProductLane*>(p);
}
inline void store(float* p, ProductLane lane) {
    *reinterpret_cast<ProductLane*>(p) = lane;
}

/// Leaves a sum in its register: between terms that are written out one after the other g++ moves sums from register to
/// register, of which there are none to spare.
inline void keep([[maybe_unused]] ProductLane& sum) {
#if defined(__x86_64__)
    asm("" : "+v"(sum));
#endif
}

/// A row of the panel ← columns of b. Asks for those of the next panel, which come while this one is used: processors
/// that fetch ahead do not see what is next, for rows lie far apart.
inline void copy_row(float* to, const float* from) {
    __builtin_prefetch(from + kColumns);
#pragma GCC unroll 2
    for (int l = 0; l < kLanes; ++l) store(to + l * kProductLane, load(from + l * kProductLane));
}

/// Calls body(row, lane) for each register of sums, written out.
template <int kRows, typename Body>
inline void for_sums(Body body) {
#pragma GCC unroll 12
    for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 2
        for (int l = 0; l < kLanes; ++l) body(r, l);
}

/// The elements of a that the sums of kRows rows are computed from, term by term.
template <int kRows, bool kTransposed>
class Factors {
public:
    explicit Factors(Source a) : stride_(a.stride) {
#pragma GCC unroll 4
        for (int i = 0; i < kPointers; ++i) at_[i] = a.at + kReach * i * a.stride;
    }
    float of(int r, int term) const {
        return kTransposed ? at_[0][term * stride_ + r] : at_[r / kReach][r % kReach * stride_ + term];
    }
    void advance(int terms) {
#pragma GCC unroll 4
        for (int i = 0; i < kPointers; ++i) at_[i] += kTransposed ? terms * stride_ : terms;
    }

private:
    static constexpr int kReach = 3;  // rows that one pointer reaches: an address adds 0, 1 or 2 strides to it
    static constexpr int kPointers = kTransposed ? 1 : (kRows + kReach - 1) / kReach;

    const float* at_[kPointers];
    std::ptrdiff_t stride_;
};

/// c (kRows × kColumns) ← a·panel, or c ← c + a·panel. The first rows of a tile fill the panel from b as they go.
///
/// Terms are added two at a time: a core that two hyper-threads share starts half as many instructions for each, and
/// those of the loop itself count. With that, and with the copying done in here, a training step takes 0.95 of the time
/// on a Zen 3 whose cores others use too, 0.99 where none does.
template <int kRows, bool kTransposed, bool kCopies>
inline void multiply_rows(Part<float> c, Source a, Source b, Panel& panel, bool is_first) {
    alignas(kVectorBytes) ProductLane sum[kRows][kLanes] = {};  // keep() may hold it to be aligned
    const auto place = [&](int r, int l) { return c.at + r * c.stride + l * kProductLane; };
    if (!is_first) for_sums<kRows>([&](int r, int l) { sum[r][l] = load(place(r, l)); });
    Factors<kRows, kTransposed> factors(a);
    float* row = panel.row[0];
    const auto add_term = [&](int term) __attribute__((always_inline)) {
        if constexpr (kCopies) copy_row(row + term * kColumns, b.at + term * b.stride);
        const auto* lanes = reinterpret_cast<const ProductLane*>(row + term * kColumns);
        for_sums<kRows>([&](int r, int l) { sum[r][l] += factors.of(r, term) * lanes[l]; });
        for_sums<kRows>([&](int r, int l) { keep(sum[r][l]); });
    };
    for (int pairs = panel.depth / 2; pairs > 0; --pairs) {
        add_term(0);
        add_term(1);
        row += 2 * kColumns;
        factors.advance(2);
        if constexpr (kCopies) b.at += 2 * b.stride;
    }
    if (panel.depth % 2 != 0) add_term(0);
    for_sums<kRows>([&](int r, int l) { store(place(r, l), sum[r][l]); });
}

/// The same for a number of rows that is known only now.
template <int kRows, bool kTransposed, bool kCopies>
inline void multiply_up_to(int rows, Part<float> c, Source a, Source b, Panel& panel, bool is_first) {
    if (rows == kRows)
        multiply_rows<kRows, kTransposed, kCopies>(c, a, b, panel, is_first);
    else if constexpr (kRows > 1)
        multiply_up_to<kRows - 1, kTransposed, kCopies>(rows, c, a, b, panel, is_first);
}

/// panel ← rows of b, `columns` of each, fewer than it has; zeros beyond.
inline void copy_narrow_rows(Panel& panel, Source b, int columns) {
    for (int d = 0; d < panel.depth; ++d)
        std::fill(std::copy_n(b.at + d * b.stride, columns, panel.row[d]), panel.row[d] + kColumns, 0.0f);
}

/// to ← four rows, each of four, as columns.
inline void transpose_quads(float* to, const float* from, std::ptrdiff_t stride) {
    const auto row = [&](int r) { return *reinterpret_cast<const Quad*>(from + r * stride); };
    const Quad a = row(0), b = row(1), c = row(2), d = row(3);
    const Quad ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    const Quad ab2 = __builtin_shufflevector(a, b, 2, 6, 3, 7), cd2 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    const auto put = [&](int i, Quad q) { *reinterpret_cast<Quad*>(to + i * kColumns) = q; };
    put(0, __builtin_shufflevector(ab, cd, 0, 1, 4, 5));
    put(1, __builtin_shufflevector(ab, cd, 2, 3, 6, 7));
    put(2, __builtin_shufflevector(ab2, cd2, 0, 1, 4, 5));
    put(3, __builtin_shufflevector(ab2, cd2, 2, 3, 6, 7));
}

/// panel ← columns of b, `columns` rows of it; zeros beyond.
inline void copy_columns(Panel& panel, Source b, int columns) {
    const int depth = panel.depth;
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
inline void multiply_columns(Part<float> c, const Product<float>& p, const Tile& tile, int first, int columns) {
    Panel panel;
    const int terms = kTransposed ? p.a.rows : p.a.cols;
    const int depths = std::max(1, (terms + kDepth - 1) / kDepth), rows = (tile.rows + kRowsAtOnce - 1) / kRowsAtOnce;
    const bool is_narrow = columns < kColumns;
    for (int k = 0; k < depths; ++k) {
        const int from = terms * k / depths;
        panel.depth = terms * (k + 1) / depths - from;
        const Source b{p.b_transposed ? moved(p.b.row(first), from) : moved(p.b.row(from), first), p.b.cols};
        if (p.b_transposed)
            copy_columns(panel, b, columns);
        else if (is_narrow)
            copy_narrow_rows(panel, b, columns);
        for (int r = 0; r < rows; ++r) {
            const int row = tile.rows * r / rows, count = tile.rows * (r + 1) / rows - row, at = tile.row + row;
            const Source a{kTransposed ? moved(p.a.row(from), at) : moved(p.a.row(at), from), p.a.cols};
            const Part<float> to{c.at + row * c.stride, c.stride};
            if (r == 0 && !p.b_transposed && !is_narrow)
                multiply_up_to<kRowsAtOnce, kTransposed, true>(count, to, a, b, panel, k == 0);
            else
                multiply_up_to<kRowsAtOnce, kTransposed, false>(count, to, a, b, panel, k == 0);
        }
    }
}

template <bool kTransposed>
inline void multiply_tile(const Product<float>& p, const Tile& tile) {
    const int end = tile.column + tile.columns;
    int first = tile.column;
    for (; first + kColumns <= end; first += kColumns)
        multiply_columns<kTransposed>({p.c.row(tile.row) + first, p.c.cols}, p, tile, first, kColumns);
    if (first == end) return;
    std::vector<float> last(static_cast<std::size_t>(tile.rows) * kColumns);  // wider than what is left
    multiply_columns<kTransposed>({last.data(), kColumns}, p, tile, first, end - first);
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
