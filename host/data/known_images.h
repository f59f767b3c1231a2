// Images that are found again in a data set.
#pragma once
#include <span>
#include <string_view>
#include <unordered_set>

#include "ae/dataset.h"

namespace ae {

/// The images of a set, to look others up; two are the same if they are in every pixel. Refers to the set.
class KnownImages {
public:
    explicit KnownImages(const Images& images);

    /// The share of the images, rows of pixels in [0, 1] or of numbers as those of the set, that are known; 0 for none.
    double share_of(std::span<const float> images) const;

    /// The same for images in bytes or numbers, as those of the set.
    double share_of(const Images& images) const;

private:
    std::size_t pixels_;
    bool are_numbers_;
    std::unordered_set<std::string_view> index_;
};

}  // namespace ae
