// Images that are found again in a data set.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace ae {

/// The images of a set, to look others up; two are the same if they are in every pixel. Keeps a hash of 64 bits of each
/// image, so that one in 10¹³ is mistaken for one of a million others.
class KnownImages {
public:
    /// For images with this number of values each.
    explicit KnownImages(int values_per_image) : values_(static_cast<std::size_t>(values_per_image)) {}

    /// Adds images, rows of pixels in [0, 1] or of numbers.
    void add(std::span<const float> images);

    /// To be called once all are added.
    void finish();

    /// The number of the images that are among those added.
    int count_of(std::span<const float> images) const;

private:
    std::size_t values_;
    std::vector<std::uint64_t> hashes_;
};

}  // namespace ae
