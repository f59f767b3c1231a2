// Images without their black pixels, and products that skip them: 81 % of MNIST.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ae/dataset.h"
#include "ae/view.h"

namespace ae {

/// The non-zero pixels of a set of images, image by image (compressed rows). The pixels are grouped in blocks, so that
/// a product over all images of a batch can work on one block of pixels at a time.
class SparseImages {
public:
    static constexpr int kBlock = 64;  ///< pixels; a block's rows of a 128-wide weight gradient fill 32 KiB

    explicit SparseImages(const Images& images);

    int blocks() const { return blocks_; }
    double density() const;  ///< share of pixels that are not zero

    struct Entries {
        const std::uint16_t* pixel;
        const std::uint8_t* value;
        std::size_t count;
    };
    Entries entries(std::uint32_t image) const { return between(start(image, 0), start(image, blocks_)); }
    Entries entries(std::uint32_t image, int block) const {
        return between(start(image, block), start(image, block + 1));
    }
    /// Asks for an image's entries ahead of their use: images of a batch lie far apart.
    void prefetch(std::uint32_t image) const { prefetch(entries(image)); }
    void prefetch(std::uint32_t image, int block) const { prefetch(entries(image, block)); }

private:
    static void prefetch(const Entries& e);
    void append(const std::uint8_t* image, int pixels);
    std::size_t start(std::uint32_t image, int block) const {
        return starts_[static_cast<std::size_t>(image) * static_cast<std::size_t>(blocks_) +
                       static_cast<std::size_t>(block)];
    }
    Entries between(std::size_t first, std::size_t last) const {
        return {pixel_.data() + first, value_.data() + first, last - first};
    }

    int blocks_;
    std::size_t size_ = 0, dense_size_;
    std::vector<std::size_t> starts_;  // where each block of each image begins, and the end
    std::vector<std::uint16_t> pixel_;
    std::vector<std::uint8_t> value_;
};

/// Images of a set, in the order of a batch's rows.
struct SparseRows {
    const SparseImages* set = nullptr;
    std::span<const std::uint32_t> images;

    SparseRows block(int first, int count) const {
        return {set, images.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count))};
    }
};

/// x ← the images as pixels in [0, 1]. x [images × pixels].
template <typename T>
void expand(Matrix<T> x, const SparseRows& rows);

/// c ← x·w. c [images × F], w [pixels × F].
void multiply(Matrix<float> c, const SparseRows& x, Matrix<float> w);

/// c ← xᵀ·b, in c's rows that belong to a block of pixels. b [images × F], c [pixels × F].
void multiply_tn(Matrix<float> c, const SparseRows& x, Matrix<float> b, int block);

}  // namespace ae
