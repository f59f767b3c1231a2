// The products of sparse_products.h, compiled once for every level: see each_simd_level.h.

/// Neighbours in a row of a matrix that fill a register.
constexpr int kLane = kVectorBytes / static_cast<int>(sizeof(float));
typedef float Lane __attribute__((vector_size(kVectorBytes), aligned(alignof(float)), may_alias));

inline Lane* lanes(float* p) {
    return reinterpret_cast<Lane*>(p);
}

/// Columns [first, first + kLane·kLanes) of c ← c + x·w over a block of pixels, or c ← x·w for the first block: a row's
/// sums stay in registers, the block's rows of w in the nearest cache.
template <int kLanes>
void add_columns(Matrix<float> c, const SparseBatch& x, Matrix<float> w, int row, int block, int first) {
    const float* values = pixel_values();
    for (int r = 0; r < c.rows; ++r) {
        const SparseEntries e = x.entries(row + r, block);
        Lane* to = lanes(c.row(r) + first);
        Lane sum[kLanes];
        for (int l = 0; l < kLanes; ++l) sum[l] = block == 0 ? Lane{} : to[l];
        for (std::size_t i = 0; i < e.count; ++i) {
            const float value = values[e.value[i]];
            const Lane* from = lanes(w.row(e.pixel[i]) + first);
            for (int l = 0; l < kLanes; ++l) sum[l] += value * from[l];
        }
        for (int l = 0; l < kLanes; ++l) to[l] = sum[l];
    }
}

/// The same for columns too few to fill a lane.
inline void add_last_columns(Matrix<float> c, const SparseBatch& x, Matrix<float> w, int row, int block, int first) {
    const float* values = pixel_values();
    for (int r = 0; r < c.rows; ++r) {
        const SparseEntries e = x.entries(row + r, block);
        if (block == 0) std::fill_n(c.row(r) + first, c.cols - first, 0.0f);
        for (std::size_t i = 0; i < e.count; ++i)
            for (int k = first; k < c.cols; ++k) c.row(r)[k] += values[e.value[i]] * w.row(e.pixel[i])[k];
    }
}

/// The entries of a block of pixels in a group of images, pixel by pixel (compressed columns).
class PixelLists {
public:
    static constexpr int kImages = 64;  ///< in a group: their rows of a 128-wide gradient fill 32 KiB

    struct Entry {
        std::uint8_t row, value;  // in the group; of the pixel
    };

    PixelLists(const SparseBatch& x, int first, int count, int block) {
        for (int r = 0; r < count; ++r) {
            const SparseEntries e = x.entries(first + r, block);
            for (std::size_t i = 0; i < e.count; ++i) {
                const std::size_t p = e.pixel[i] % SparseImages::kBlock;
                entries_[p][count_[p]++] = {static_cast<std::uint8_t>(r), e.value[i]};
            }
        }
    }

    std::span<const Entry> of(int pixel) const {
        const auto p = static_cast<std::size_t>(pixel);
        return std::span(entries_[p]).first(count_[p]);
    }

private:
    std::array<std::array<Entry, kImages>, SparseImages::kBlock> entries_;
    std::array<std::uint8_t, SparseImages::kBlock> count_{};
};

/// Columns [first, first + kLane·kLanes) of c ← c + xᵀ·b over a group of images, or c ← xᵀ·b for the first group: a
/// pixel's sums stay in registers, the group's rows of b in the nearest cache.
template <int kLanes>
void add_columns_tn(Matrix<float> c, const PixelLists& x, Matrix<float> b, int first, bool is_first) {
    const float* values = pixel_values();
    for (int p = 0; p < c.rows; ++p) {
        Lane* to = lanes(c.row(p) + first);
        Lane sum[kLanes];
        for (int l = 0; l < kLanes; ++l) sum[l] = is_first ? Lane{} : to[l];
        for (const PixelLists::Entry& e : x.of(p)) {
            const float value = values[e.value];
            const Lane* from = lanes(b.row(e.row) + first);
            for (int l = 0; l < kLanes; ++l) sum[l] += value * from[l];
        }
        for (int l = 0; l < kLanes; ++l) to[l] = sum[l];
    }
}

inline void add_last_columns_tn(Matrix<float> c, const PixelLists& x, Matrix<float> b, int first, bool is_first) {
    const float* values = pixel_values();
    for (int p = 0; p < c.rows; ++p) {
        if (is_first) std::fill_n(c.row(p) + first, c.cols - first, 0.0f);
        for (const PixelLists::Entry& e : x.of(p))
            for (int k = first; k < c.cols; ++k) c.row(p)[k] += values[e.value] * b.row(e.row)[k];
    }
}

/// Calls wide(first) for as many runs of eight lanes as there are, then narrow(first) for runs of one, then
/// rest(first). Eight registers of sums are enough to keep both of a processor's adders busy, and as many as fit beside
/// what is added.
template <typename Wide, typename Narrow, typename Rest>
void for_columns(int columns, Wide wide, Narrow narrow, Rest rest) {
    int first = 0;
    for (; first + 8 * kLane <= columns; first += 8 * kLane) wide(first);
    for (; first + kLane <= columns; first += kLane) narrow(first);
    if (first < columns) rest(first);
}

[[gnu::flatten]] inline void multiply(Matrix<float> c, const SparseBatch& x, Matrix<float> w, int row) {
    for (int block = 0; block < x.blocks(); ++block)
        for_columns(
            c.cols, [&](int first) { add_columns<8>(c, x, w, row, block, first); },
            [&](int first) { add_columns<1>(c, x, w, row, block, first); },
            [&](int first) { add_last_columns(c, x, w, row, block, first); });
}

[[gnu::flatten]] inline void multiply_tn(Matrix<float> c, const SparseBatch& x, Matrix<float> b, int block) {
    const int pixel = block * SparseImages::kBlock;
    const Matrix<float> part = c.row_block(pixel, std::min(SparseImages::kBlock, c.rows - pixel));
    for (int row = 0; row < b.rows; row += PixelLists::kImages) {
        const Matrix<float> group = b.row_block(row, std::min(PixelLists::kImages, b.rows - row));
        const PixelLists lists(x, row, group.rows, block);
        for_columns(
            c.cols, [&](int first) { add_columns_tn<8>(part, lists, group, first, row == 0); },
            [&](int first) { add_columns_tn<1>(part, lists, group, first, row == 0); },
            [&](int first) { add_last_columns_tn(part, lists, group, first, row == 0); });
    }
}

constexpr SparseProducts kSparseProducts{multiply, multiply_tn};
