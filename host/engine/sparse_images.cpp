#include "engine/sparse_images.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <numeric>

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

constexpr std::size_t kWord = 8;  // pixels that are looked at together: most of MNIST's words are black

/// Pixels p … p+7, the first in the lowest byte; those past the end are black.
std::uint64_t word_at(std::span<const std::uint8_t> pixels, std::size_t p) {
    static_assert(std::endian::native == std::endian::little);
    std::uint64_t word = 0;
    std::memcpy(&word, &pixels[p], std::min(kWord, pixels.size() - p));
    return word;
}

/// The highest bit of each byte that is not 0: no sum of two bytes below 128 carries into the next.
std::uint64_t non_zero_bytes(std::uint64_t word) {
    constexpr std::uint64_t kLow = 0x7f7f7f7f7f7f7f7f;
    return (((word & kLow) + kLow) | word) & ~kLow;
}

template <typename T>
void expand(std::span<T> to, const SparseEntries& e) {
    const T* values = values_of<T>().data();
    std::ranges::fill(to, T(0));
    for (std::size_t i = 0; i < e.count; ++i) to[e.pixel[i]] = values[e.value[i]];
}

}  // namespace

SparseImages::SparseImages(const Images& images, ThreadPool& pool)
    : blocks_((images.pixels_per_image() + kBlock - 1) / kBlock),
      dense_size_(images.pixels.size()),
      images_(static_cast<std::size_t>(images.count) + 1),
      block_starts_(static_cast<std::size_t>(images.count) * static_cast<std::size_t>(blocks_ + 1)) {
    constexpr int kAtOnce = 512;  // images of a task
    const auto width = static_cast<std::size_t>(images.pixels_per_image());
    const auto for_images = [&](auto body) {
        pool.for_range(images.count, kAtOnce, [&](int first, int count) {
            for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(first + count); ++i)
                body(i, std::span(images.pixels).subspan(i * width, width));
        });
    };
    for_images([&](std::size_t i, std::span<const std::uint8_t> pixels) {
        images_[i + 1] = pixels.size() - static_cast<std::size_t>(std::ranges::count(pixels, 0));
    });
    std::partial_sum(images_.begin(), images_.end(), images_.begin());
    pixel_ = std::make_unique_for_overwrite<std::uint16_t[]>(images_.back());
    value_ = std::make_unique_for_overwrite<std::uint8_t[]>(images_.back());
    for_images([&](std::size_t i, std::span<const std::uint8_t> pixels) { take(i, pixels); });
}

double SparseImages::density() const {
    return static_cast<double>(images_.empty() ? 0 : images_.back()) /
           static_cast<double>(std::max<std::size_t>(dense_size_, 1));
}

void SparseImages::take(std::size_t image, std::span<const std::uint8_t> pixels) {
    std::uint32_t* block_start = &block_starts_[image * static_cast<std::size_t>(blocks_ + 1)];
    const std::size_t start = images_[image];
    std::size_t next = start;
    for (std::size_t p = 0; p < pixels.size(); p += kWord) {
        if (p % kBlock == 0) *block_start++ = static_cast<std::uint32_t>(next - start);
        const std::uint64_t word = word_at(pixels, p);
        for (std::uint64_t bits = non_zero_bytes(word); bits != 0; bits &= bits - 1) {
            const auto byte = static_cast<std::size_t>(std::countr_zero(bits)) / 8;
            pixel_[next] = static_cast<std::uint16_t>(p + byte);
            value_[next++] = pixels[p + byte];
        }
    }
    *block_start = static_cast<std::uint32_t>(next - start);
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
