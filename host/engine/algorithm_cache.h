// Algorithms of a library that were chosen by timing, kept between runs.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/choice_cache.h"

namespace ae {

/// The library's own description, opaque: cublasLtMatmulAlgo_t "can be trivially serialized" (cublasLt.h).
using Algorithm = std::array<std::uint64_t, 8>;

/// A ChoiceCache whose choices are algorithms; an entry that cannot be parsed counts as absent.
class AlgorithmCache {
public:
    explicit AlgorithmCache(std::string made_for) : cache_(std::move(made_for)) {}

    std::optional<Algorithm> find(const std::string& product) const;
    void put(const std::string& product, const Algorithm& algorithm);
    const std::filesystem::path& file() const { return cache_.file(); }

private:
    ChoiceCache cache_;
};

}  // namespace ae
