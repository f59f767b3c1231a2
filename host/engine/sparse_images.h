// Images without their black pixels: 81 % of MNIST.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ae/dataset.h"
#include "ae/view.h"
#include "base/thread_pool.h"

namespace ae {

/// The non-zero pixels of images, image by image (compressed rows).
struct SparseEntries {
    const std::uint16_t* pixel;
    const std::uint8_t* value;
    std::size_t count;
};

/// The non-zero pixels of a set of images, grouped in blocks, so that a product over all images of a batch can work on
/// one block of pixels at a time.
class SparseImages {
public:
    static constexpr int kBlock = 64;  ///< pixels; a block's rows of a 128-wide weight matrix fill 32 KiB

    SparseImages() = default;  ///< without images
    SparseImages(const Images& images, ThreadPool& pool);

    int blocks() const { return blocks_; }
    double density() const;  ///< share of pixels that are not zero

    SparseEntries entries(std::uint32_t image) const {
        const std::size_t first = images_[image];
        return {pixel_.get() + first, value_.get() + first, images_[image + 1] - first};
    }
    /// The place in an image's entries at which each block begins, and the end.
    std::span<const std::uint32_t> block_starts(std::uint32_t image) const {
        const auto n = static_cast<std::size_t>(blocks_) + 1;
        return std::span(block_starts_).subspan(image * n, n);
    }
    /// Prefetch what the two functions above return: images of a batch lie far apart.
    void prefetch_starts(std::uint32_t image) const;
    void prefetch_entries(std::uint32_t image) const;

private:
    void take(std::size_t image, std::span<const std::uint8_t> pixels);

    int blocks_ = 0;
    std::size_t dense_size_ = 0;
    std::vector<std::size_t> images_;  // where each image begins, and the end
    std::vector<std::uint32_t> block_starts_;
    std::unique_ptr<std::uint16_t[]> pixel_;  // not vectors, which one thread would fill with zeros first
    std::unique_ptr<std::uint8_t[]> value_;
};

/// The images of a batch, one a row, gathered from all over their set: a step reads them several times.
class SparseBatch {
public:
    /// Makes room for images of a set, of which copy() then brings one after the other.
    void resize(const SparseImages& set, int rows);

    /// Rows first, first + 1, … ← the images. Threads may copy different rows side by side.
    void copy(int first, std::span<const std::uint32_t> images);

    int rows() const { return rows_; }
    int blocks() const { return blocks_; }

    SparseEntries entries(int row) const { return between(row, 0, blocks_); }
    SparseEntries entries(int row, int block) const { return between(row, block, block + 1); }

private:
    SparseEntries between(int row, int first, int last) const {
        const std::uint32_t* starts = block_starts_.data() + start_of(row);
        const std::size_t from = entries_of(row) + starts[first];
        return {pixel_.data() + from, value_.data() + from, starts[last] - starts[first]};
    }
    std::size_t start_of(int row) const {
        return static_cast<std::size_t>(row) * static_cast<std::size_t>(blocks_ + 1);
    }
    std::size_t entries_of(int row) const {
        return static_cast<std::size_t>(row) * static_cast<std::size_t>(blocks_ * SparseImages::kBlock);
    }

    const SparseImages* set_ = nullptr;
    int rows_ = 0, blocks_ = 0;
    std::vector<std::uint32_t> block_starts_;  // [rows × (blocks + 1)]
    std::vector<std::uint16_t> pixel_;         // [rows × pixels], as many of each row as it has
    std::vector<std::uint8_t> value_;
};

/// x ← the images as pixels in [0, 1]. x [images × pixels].
template <typename T>
void expand(Matrix<T> x, const SparseImages& set, std::span<const std::uint32_t> images);

/// to ← one of a batch's rows as pixels.
void expand(std::span<float> to, const SparseBatch& batch, int row);

/// Every pixel value as the network sees it: a table look-up is cheaper than a division.
const float* pixel_values();

}  // namespace ae
