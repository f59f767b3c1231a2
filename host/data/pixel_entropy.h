// The entropy of pixels read as probabilities, of many that come piece by piece.
#pragma once
#include <array>
#include <cstdint>
#include <span>

namespace ae {

/// Pixels k/255 are counted by k, so that the mean has the same bits for any pieces; others are added as they come.
class PixelEntropy {
public:
    void add(std::span<const float> pixels);
    void add(std::span<const std::uint8_t> bytes);
    double mean() const;  ///< nats a pixel; 0 for none

private:
    std::array<std::uint64_t, 256> histogram_{};
    double others_ = 0;
    std::uint64_t count_ = 0;
};

}  // namespace ae
