// Algorithms of a library that were chosen by timing, kept between runs.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace ae {

/// As the library describes it, opaque: cublasLtMatmulAlgo_t "can be trivially serialized" (cublasLt.h).
using Algorithm = std::array<std::uint64_t, 8>;

/// One JSON file in the user's cache for all that the choice depends on: library and its version, GPU, driver. A file
/// that is missing, damaged or made for something else counts as empty, and one that cannot be written is done without:
/// a cache is never an error.
class AlgorithmCache {
public:
    /// made_for: "cublaslt NVIDIA H200 (sm_90, 139 GiB) 13000 130002"; names the file too.
    explicit AlgorithmCache(std::string made_for);

    std::optional<Algorithm> find(const std::string& product) const;

    /// Remembers a choice, and writes it beside those that other processes have written since.
    void put(const std::string& product, const Algorithm& algorithm);

    /// Empty where the user has no home.
    const std::filesystem::path& file() const { return file_; }

private:
    using Choices = std::map<std::string, Algorithm>;

    Choices read() const;
    std::string text() const;

    std::string made_for_;
    std::filesystem::path file_;
    Choices choices_;
};

}  // namespace ae
