// Comparisons in which NaN never passes, and the small problems on which engines are compared.
#pragma once
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <span>
#include <vector>

#include "ae/arithmetic.h"
#include "ae/dataset.h"

namespace ae::test {

/// ‖a − b‖ / ‖b‖; NaN where the sizes differ.
template <typename A, typename B>
double relative_l2(const A& a, const B& b) {
    if (std::size(a) != std::size(b)) return std::numeric_limits<double>::quiet_NaN();
    double difference = 0, norm = 0;
    for (std::size_t i = 0; i < std::size(a); ++i) {
        const double x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
        difference += (x - y) * (x - y);
        norm += y * y;
    }
    return norm > 0 ? std::sqrt(difference / norm) : (difference == 0 ? 0 : std::numeric_limits<double>::infinity());
}

/// |a − b| ≤ absolute + relative·|b|, and so false for NaN.
inline bool close(double a, double b, double absolute, double relative) {
    return std::abs(a - b) <= absolute + relative * std::abs(b);
}

/// Images of random bytes, of which a share is not black.
inline Images random_images(int count, int height, int width, double density, std::uint64_t seed) {
    Images images{count, height, width, {}, {}};
    images.pixels.resize(static_cast<std::size_t>(count) * static_cast<std::size_t>(height * width));
    for (std::size_t i = 0; i < images.pixels.size(); ++i) {
        const std::uint64_t bits = random_bits(seed, 1, i);
        if (unit_uniform(bits) < density) images.pixels[i] = static_cast<std::uint8_t>(1 + bits % 255);
    }
    return images;
}

/// `train` and `test` images of height × width, a fifth of the pixels lit, as in MNIST.
inline Dataset random_dataset(int train, int test, int height, int width, std::uint64_t seed = 1) {
    Dataset data;
    data.name = "random";
    data.train = random_images(train, height, width, 0.2, seed);
    data.test = random_images(test, height, width, 0.2, seed + 1);
    return data;
}

/// Numbers around `centre` that no byte stands for, most of them within 1 of it.
inline Images random_numbers(int count, int height, int width, float centre, std::uint64_t seed) {
    Images images{count, height, width, {}, {}};
    const auto n = static_cast<std::size_t>(count) * static_cast<std::size_t>(height * width);
    for (std::size_t i = 0; i < n; ++i) {
        const float u = 2 * unit_uniform(random_bits(seed, 2, i)) - 1;
        images.numbers.push_back(centre + (i % 7 == 0 ? 3 * u : u));
    }
    return images;
}

/// `train` and `test` images of numbers.
inline Dataset random_number_dataset(int train, int test, int height, int width, std::uint64_t seed = 1) {
    Dataset data;
    data.name = "numbers";
    data.train = random_numbers(train, height, width, -0.25f, seed);
    if (test > 0) data.test = random_numbers(test, height, width, -0.25f, seed + 1);
    return data;
}

}  // namespace ae::test
