// The data sets that have a name: their folders, their mirrors, their checksums.
#pragma once
#include <array>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ae/dataset.h"

namespace ae {

/// The four files of a set in the order train images, train labels, test images, test labels.
inline constexpr int kSetFiles = 4;
using SetPaths = std::array<std::filesystem::path, kSetFiles>;
inline constexpr std::array<std::string_view, kSetFiles> kSetStems{"train-images", "train-labels", "t10k-images",
                                                                   "t10k-labels"};

struct KnownSet {
    std::string name;
    std::array<std::string, kSetFiles> sha256;  ///< of the decompressed files
    std::vector<std::string> mirrors;           ///< URLs of folders
};

std::span<const KnownSet> known_sets();

/// Null if no set has the name.
const KnownSet* find_known_set(std::string_view name);

/// Whether --data takes the text for a set's name: a known one, or "synthetic".
bool is_set_name(std::string_view name);

/// Folders that may hold a named set, in the order of the search.
std::vector<std::filesystem::path> known_folders(const KnownSet& set);

/// NAME in the cache of cache_folder.h; empty if the user has no home.
std::filesystem::path cache_folder(const KnownSet& set);

/// Downloads the files that `folder` lacks, each from the first mirror that has it undamaged. Failures are added to
/// `tried`, a line each; true if the folder then holds the set.
bool fetch_known_set(const KnownSet& set, const std::filesystem::path& folder, const DatasetOptions& options,
                     std::vector<std::string>& tried);

}  // namespace ae
