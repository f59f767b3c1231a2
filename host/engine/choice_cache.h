// Choices made by timing, kept between runs: algorithms of a library, the engine for a network.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace ae {

/// One JSON file in the user's cache for everything that the choice depends on, such as GPU, driver and version. A file
/// that is missing, damaged or made for something else counts as empty; if it cannot be written, the choice is lost.
/// The cache never causes an error.
class ChoiceCache {
public:
    /// made_for: "cublaslt NVIDIA H200 (sm_90, 139 GiB) 13000 130002"; names the file too.
    explicit ChoiceCache(std::string made_for);

    std::optional<std::string> find(const std::string& what) const;

    /// Stores a choice, together with those that other processes have written meanwhile.
    void put(const std::string& what, const std::string& choice);

    /// Empty if the user has no home.
    const std::filesystem::path& file() const { return file_; }

private:
    using Choices = std::map<std::string, std::string>;

    Choices read() const;
    std::string text() const;

    std::string made_for_;
    std::filesystem::path file_;
    Choices choices_;
};

}  // namespace ae
