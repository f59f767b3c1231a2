// Values for tests: random, but the same in every run.
#pragma once
#include <cstddef>
#include <random>
#include <vector>

namespace ae::test {

inline std::vector<float> normal_values(std::size_t n, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    std::vector<float> values(n);
    for (float& v : values) v = normal(random);
    return values;
}

/// In [0, 1), like pixels.
inline std::vector<float> uniform_values(std::size_t n, unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> uniform;
    std::vector<float> values(n);
    for (float& v : values) v = uniform(random);
    return values;
}

}  // namespace ae::test
