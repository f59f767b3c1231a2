// The units of a table's numbers and those of a network.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace ae {

struct Images;
struct Dataset;

/// The scale that a table's numbers are brought to: none; minmax, from 0 to 1; standard, mean 0 and deviation 1.
enum class Scaling : std::uint8_t { none, minmax, standard };

/// A change of units for each value of an image, a column of a table: the network sees (value − offset) · factor.
struct Scale {
    std::vector<float> offset{};  ///< one for each value of an image; empty where the network sees numbers as they are
    std::vector<float> factor{};  ///< as many, finite and above 0

    bool is_none() const { return offset.empty(); }

    /// The scale of these images, in double. A column whose values are all the same becomes 0: its factor is 1. Throws
    /// std::logic_error for images that are not numbers, unless `scaling` is none.
    static Scale fit(Scaling scaling, const Images& images);

    /// The network's values ← numbers in their own units, or the reverse; rows of as many values as there are offsets.
    void apply(std::span<float> rows) const;
    void undo(std::span<float> rows) const;

    void apply(Dataset& data) const;
    void apply(Images& images) const;

    bool operator==(const Scale&) const = default;
};

}  // namespace ae
