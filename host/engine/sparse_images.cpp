#include "engine/sparse_images.h"

#include <algorithm>
#include <array>

#include "ae/arithmetic.h"

namespace ae {

namespace {

/// Sixteen neighbours in a row of a matrix, in whatever registers the processor has for them.
constexpr int kLane = 16;
typedef float Lane __attribute__((vector_size(kLane * sizeof(float)), aligned(alignof(float)), may_alias));

Lane* lanes(float* p) {
    return reinterpret_cast<Lane*>(p);
}

/// Rows between asking for the entries of an image and using them.
constexpr int kAhead = 8;

/// Every pixel value as the network sees it: a look is cheaper than a division.
template <typename T = float>
const std::array<T, 256>& pixel_values() {
    static const std::array<T, 256> values = [] {
        std::array<T, 256> v{};
        for (int i = 0; i < 256; ++i) v[static_cast<std::size_t>(i)] = pixel<T>(static_cast<std::uint8_t>(i));
        return v;
    }();
    return values;
}

/// Columns [first, first + 16·kLanes) of c ← c + x·w over a block of pixels: a row's sums stay in registers, the
/// block's rows of w in the nearest cache.
template <int kLanes>
void add_columns(Matrix<float> c, const SparseRows& x, Matrix<float> w, int block, int first) {
    const float* values = pixel_values().data();
    for (int r = 0; r < c.rows; ++r) {
        const SparseImages::Entries e = x.set->entries(x.images[static_cast<std::size_t>(r)], block);
        Lane* to = lanes(c.row(r) + first);
        Lane sum[kLanes];
        for (int l = 0; l < kLanes; ++l) sum[l] = to[l];
        for (std::size_t i = 0; i < e.count; ++i) {
            const float value = values[e.value[i]];
            const Lane* from = lanes(w.row(e.pixel[i]) + first);
            for (int l = 0; l < kLanes; ++l) sum[l] += value * from[l];
        }
        for (int l = 0; l < kLanes; ++l) to[l] = sum[l];
    }
}

/// The same for columns too few to fill a lane.
void add_last_columns(Matrix<float> c, const SparseRows& x, Matrix<float> w, int block, int first) {
    const float* values = pixel_values().data();
    for (int r = 0; r < c.rows; ++r) {
        const SparseImages::Entries e = x.set->entries(x.images[static_cast<std::size_t>(r)], block);
        for (std::size_t i = 0; i < e.count; ++i)
            for (int k = first; k < c.cols; ++k) c.row(r)[k] += values[e.value[i]] * w.row(e.pixel[i])[k];
    }
}

/// Columns [first, first + 16·kLanes) of c ← c + xᵀ·b: a row of b stays in registers, c's block in the nearest cache.
template <int kLanes>
void add_columns_tn(Matrix<float> c, const SparseRows& x, Matrix<float> b, int block, int first) {
    const float* values = pixel_values().data();
    for (int r = 0; r < b.rows; ++r) {
        if (r + kAhead < b.rows) x.set->prefetch(x.images[static_cast<std::size_t>(r + kAhead)], block);
        const SparseImages::Entries e = x.set->entries(x.images[static_cast<std::size_t>(r)], block);
        Lane row[kLanes];
        for (int l = 0; l < kLanes; ++l) row[l] = lanes(b.row(r) + first)[l];
        for (std::size_t i = 0; i < e.count; ++i) {
            const float value = values[e.value[i]];
            Lane* to = lanes(c.row(e.pixel[i]) + first);
            for (int l = 0; l < kLanes; ++l) to[l] += value * row[l];
        }
    }
}

void add_last_columns_tn(Matrix<float> c, const SparseRows& x, Matrix<float> b, int block, int first) {
    const float* values = pixel_values().data();
    for (int r = 0; r < b.rows; ++r) {
        const SparseImages::Entries e = x.set->entries(x.images[static_cast<std::size_t>(r)], block);
        for (std::size_t i = 0; i < e.count; ++i)
            for (int k = first; k < c.cols; ++k) c.row(e.pixel[i])[k] += values[e.value[i]] * b.row(r)[k];
    }
}

/// Calls wide(first) for as many runs of 128 columns as there are, then narrow(first) for runs of 16, then rest(first).
template <typename Wide, typename Narrow, typename Rest>
void for_columns(int columns, Wide wide, Narrow narrow, Rest rest) {
    int first = 0;
    for (; first + 8 * kLane <= columns; first += 8 * kLane) wide(first);
    for (; first + kLane <= columns; first += kLane) narrow(first);
    if (first < columns) rest(first);
}

}  // namespace

SparseImages::SparseImages(const Images& images)
    : blocks_((images.pixels_per_image() + kBlock - 1) / kBlock), dense_size_(images.pixels.size()) {
    const auto pixels = static_cast<std::size_t>(images.pixels_per_image());
    size_ = dense_size_ - static_cast<std::size_t>(std::count(images.pixels.begin(), images.pixels.end(), 0));
    pixel_.resize(size_ + 1);  // one more, because append() writes before it knows whether to keep
    value_.resize(size_ + 1);
    starts_.reserve(static_cast<std::size_t>(images.count) * static_cast<std::size_t>(blocks_) + 1);
    starts_.push_back(0);
    for (int i = 0; i < images.count; ++i)
        append(&images.pixels[static_cast<std::size_t>(i) * pixels], images.pixels_per_image());
}

double SparseImages::density() const {
    return static_cast<double>(size_) / static_cast<double>(std::max<std::size_t>(dense_size_, 1));
}

void SparseImages::append(const std::uint8_t* image, int pixels) {
    std::size_t next = starts_.back();
    for (int first = 0; first < pixels; first += kBlock) {
        for (int p = first; p < std::min(first + kBlock, pixels); ++p) {
            pixel_[next] = static_cast<std::uint16_t>(p);
            value_[next] = image[p];
            next += image[p] != 0;
        }
        starts_.push_back(next);
    }
}

void SparseImages::prefetch(const Entries& e) {
    constexpr std::size_t kLine = 64;
    for (std::size_t i = 0; i < e.count; i += kLine / sizeof *e.pixel) __builtin_prefetch(e.pixel + i);
    for (std::size_t i = 0; i < e.count; i += kLine / sizeof *e.value) __builtin_prefetch(e.value + i);
}

template <typename T>
void expand(Matrix<T> x, const SparseRows& rows) {
    for (const std::uint32_t image : rows.images) rows.set->prefetch(image);
    const T* values = pixel_values<T>().data();
    for (int r = 0; r < x.rows; ++r) {
        const SparseImages::Entries e = rows.set->entries(rows.images[static_cast<std::size_t>(r)]);
        T* to = x.row(r);
        std::fill_n(to, x.cols, T(0));
        for (std::size_t i = 0; i < e.count; ++i) to[e.pixel[i]] = values[e.value[i]];
    }
}
template void expand(Matrix<float>, const SparseRows&);
template void expand(Matrix<double>, const SparseRows&);

void multiply(Matrix<float> c, const SparseRows& x, Matrix<float> w) {
    std::fill_n(c.data, c.size(), 0.0f);
    for (int block = 0; block < x.set->blocks(); ++block)
        for_columns(
            c.cols, [&](int first) { add_columns<8>(c, x, w, block, first); },
            [&](int first) { add_columns<1>(c, x, w, block, first); },
            [&](int first) { add_last_columns(c, x, w, block, first); });
}

void multiply_tn(Matrix<float> c, const SparseRows& x, Matrix<float> b, int block) {
    const int first_pixel = block * SparseImages::kBlock;
    std::fill(c.row(first_pixel), c.row(std::min(first_pixel + SparseImages::kBlock, c.rows)), 0.0f);
    for_columns(
        c.cols, [&](int first) { add_columns_tn<8>(c, x, b, block, first); },
        [&](int first) { add_columns_tn<1>(c, x, b, block, first); },
        [&](int first) { add_last_columns_tn(c, x, b, block, first); });
}

}  // namespace ae
