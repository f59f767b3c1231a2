#include "engine/sparse_images.h"

#include <algorithm>
#include <array>

#include "ae/arithmetic.h"

namespace ae {

namespace {

template <typename T>
const std::array<T, 256>& values_of() {
    static const std::array<T, 256> values = [] {
        std::array<T, 256> v{};
        for (int i = 0; i < 256; ++i) v[static_cast<std::size_t>(i)] = pixel<T>(static_cast<std::uint8_t>(i));
        return v;
    }();
    return values;
}

/// Prefetches n values.
template <typename T>
void prefetch(const T* from, std::size_t n) {
    constexpr std::size_t kLine = 64 / sizeof(T);
    for (std::size_t i = 0; i < n; i += kLine) __builtin_prefetch(from + i);
}

template <typename T>
void expand(std::span<T> to, const SparseEntries& e) {
    const T* values = values_of<T>().data();
    std::ranges::fill(to, T(0));
    for (std::size_t i = 0; i < e.count; ++i) to[e.pixel[i]] = values[e.value[i]];
}

}  // namespace

SparseImages::SparseImages(const Images& images)
    : blocks_((images.pixels_per_image() + kBlock - 1) / kBlock), dense_size_(images.pixels.size()) {
    const auto pixels = static_cast<std::size_t>(images.pixels_per_image());
    size_ = dense_size_ - static_cast<std::size_t>(std::count(images.pixels.begin(), images.pixels.end(), 0));
    pixel_.resize(size_ + 1);  // one more, because append() writes before it knows whether to keep
    value_.resize(size_ + 1);
    const auto count = static_cast<std::size_t>(images.count);
    images_.reserve(count + 1);
    images_.push_back(0);
    block_starts_.reserve(count * static_cast<std::size_t>(blocks_ + 1));
    for (std::size_t i = 0; i < count; ++i) append(&images.pixels[i * pixels], images.pixels_per_image());
}

double SparseImages::density() const {
    return static_cast<double>(size_) / static_cast<double>(std::max<std::size_t>(dense_size_, 1));
}

void SparseImages::append(const std::uint8_t* image, int pixels) {
    const std::size_t start = images_.back();
    std::size_t next = start;
    for (int first = 0; first < pixels; first += kBlock) {
        block_starts_.push_back(static_cast<std::uint32_t>(next - start));
        for (int p = first; p < std::min(first + kBlock, pixels); ++p) {
            pixel_[next] = static_cast<std::uint16_t>(p);
            value_[next] = image[p];
            next += image[p] != 0;
        }
    }
    block_starts_.push_back(static_cast<std::uint32_t>(next - start));
    images_.push_back(next);
}

void SparseImages::prefetch_starts(std::uint32_t image) const {
    const std::span<const std::uint32_t> starts = block_starts(image);
    prefetch(&images_[image], 1);
    prefetch(starts.data(), starts.size());
}

void SparseImages::prefetch_entries(std::uint32_t image) const {
    const SparseEntries e = entries(image);
    prefetch(e.pixel, e.count);
    prefetch(e.value, e.count);
}

void SparseBatch::resize(const SparseImages& set, int rows) {
    set_ = &set, rows_ = rows, blocks_ = set.blocks();
    block_starts_.resize(std::max(block_starts_.size(), start_of(rows)));
    pixel_.resize(std::max(pixel_.size(), entries_of(rows)));
    value_.resize(pixel_.size());
}

void SparseBatch::copy(int first, std::span<const std::uint32_t> images) {
    for (const std::uint32_t image : images) set_->prefetch_starts(image);
    for (const std::uint32_t image : images) set_->prefetch_entries(image);
    int row = first;
    for (const std::uint32_t image : images) {
        std::ranges::copy(set_->block_starts(image), block_starts_.data() + start_of(row));
        const SparseEntries e = set_->entries(image);
        std::copy_n(e.pixel, e.count, pixel_.data() + entries_of(row));
        std::copy_n(e.value, e.count, value_.data() + entries_of(row));
        ++row;
    }
}

template <typename T>
void expand(Matrix<T> x, const SparseImages& set, std::span<const std::uint32_t> images) {
    for (const std::uint32_t image : images) set.prefetch_starts(image);
    for (const std::uint32_t image : images) set.prefetch_entries(image);
    for (int r = 0; r < x.rows; ++r)
        expand(std::span(x.row(r), static_cast<std::size_t>(x.cols)), set.entries(images[static_cast<std::size_t>(r)]));
}
template void expand(Matrix<float>, const SparseImages&, std::span<const std::uint32_t>);
template void expand(Matrix<double>, const SparseImages&, std::span<const std::uint32_t>);

void expand(std::span<float> to, const SparseBatch& batch, int row) {
    expand(to, batch.entries(row));
}

const float* pixel_values() {
    return values_of<float>().data();
}

}  // namespace ae
