// The images of a set as the CPU keeps them.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "ae/arithmetic.h"
#include "ae/dataset.h"
#include "ae/view.h"
#include "engine/sparse_images.h"

namespace ae {

/// Bytes without their black pixels; numbers as they are.
class CpuImages {
public:
    CpuImages() = default;  ///< without images
    CpuImages(const Images& images, ThreadPool& pool)
        : sparse_(images.are_numbers() ? SparseImages() : SparseImages(images, pool)),
          numbers_(images.numbers),
          count_(images.count),
          pixels_(images.pixels_per_image()) {}

    /// Whether they were made of images of this number, size and kind.
    bool may_be(const Images& images) const {
        return count_ == images.count && are_numbers() == images.are_numbers() &&
               (count_ == 0 || pixels_ == images.pixels_per_image());
    }

    bool are_numbers() const { return !numbers_.empty(); }
    const SparseImages& sparse() const { return sparse_; }  ///< unless they are numbers

    /// x ← the images, one a row, as the network sees them.
    template <typename T>
    void expand(Matrix<T> x, std::span<const std::uint32_t> images) const {
        if (!are_numbers()) return ae::expand(x, sparse_, images);
        const auto width = static_cast<std::size_t>(x.cols);
        for (int r = 0; r < x.rows; ++r) {
            const float* from = numbers_.data() + images[static_cast<std::size_t>(r)] * width;
            std::transform(from, from + width, x.row(r), [](float value) { return seen<T>(value); });
        }
    }

private:
    SparseImages sparse_;
    std::vector<float> numbers_;  ///< images × pixels, or empty
    int count_ = 0, pixels_ = 0;
};

struct CpuImageSets {
    CpuImageSets(const Dataset& data, ThreadPool& pool) : train(data.train, pool), test(data.test, pool) {}

    CpuImages train, test;
};

}  // namespace ae
