#include "data/set_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "ae/error.h"
#include "file/file_kind.h"
#include "file/input_file.h"
#include "file/paths.h"

namespace ae {

namespace fs = std::filesystem;

namespace {

std::string lower_case(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

/// Whether a file's name is this stem, apart from common additions: EMNIST-digits-test-images.idx3-ubyte.gz is
/// t10k-images.
bool is_named(const fs::path& file, std::string_view stem) {
    std::string name = lower_case(file.filename().string());
    if (name.ends_with(".gz")) name.resize(name.size() - 3);
    const std::string rank = stem.ends_with("images") ? "idx3-ubyte" : "idx1-ubyte";
    if (!name.ends_with(rank) || name.size() < rank.size() + 1) return false;
    const char separator = name[name.size() - rank.size() - 1];
    name.resize(name.size() - rank.size() - 1);
    if (separator != '-' && separator != '.') return false;
    const std::string test = "test" + std::string(stem.substr(stem.find('-')));
    for (const std::string& wanted : {std::string(stem), stem.starts_with("t10k") ? test : std::string(stem)})
        if (name == wanted || name.ends_with("-" + wanted)) return true;
    return false;
}

/// A plain file before a packed one, which takes longer to read; a name of MNIST's own before one with a word before
/// it.
auto preference(const fs::path& file, std::string_view stem) {
    const std::string name = lower_case(file.filename().string());
    return std::pair(!name.starts_with(stem), name.ends_with(".gz"));
}

/// The files of a set that were not found.
struct Missing {
    std::string text;         ///< for people
    bool is_unclear = false;  ///< several were found
};

/// The one file of this stem; empty if there is none, or if it is not clear which.
fs::path find_file(const std::vector<fs::path>& files, std::string_view stem, Missing& missing) {
    std::vector<fs::path> found;
    for (const fs::path& file : files)
        if (is_named(file, stem)) found.push_back(file);
    std::ranges::stable_sort(found, {}, [&](const fs::path& file) { return preference(file, stem); });
    if (found.empty()) {
        missing.text += fmt::format("{}{}", missing.text.empty() ? "has no " : ", ", stem);
        return {};
    }
    if (found.size() > 1 && !lower_case(found[0].filename().string()).starts_with(stem) &&
        preference(found[0], stem) == preference(found[1], stem)) {
        missing.is_unclear = true;
        missing.text += fmt::format("{}{} in more than one file ({}, {})", missing.text.empty() ? "has " : ", ", stem,
                                    found[0].filename().string(), found[1].filename().string());
        return {};
    }
    return found.front();
}

/// Regular files in a folder, and those in folders below it that have the name of a set's file.
std::vector<fs::path> files_in(const fs::path& folder) {
    std::vector<fs::path> files, below;
    for (const fs::path& entry : entries_of(folder)) {
        const PathKind kind = kind_of(entry);
        if (kind == PathKind::file) files.push_back(entry);
        if (kind != PathKind::folder) continue;
        if (std::ranges::any_of(kSetStems, [&](std::string_view stem) { return is_named(entry, stem); }))
            below.push_back(entry);
    }
    for (const fs::path& inner : below)
        for (const fs::path& entry : entries_of(inner))
            if (is_file(entry)) files.push_back(entry);
    return files;
}

std::string why_no_folder(const fs::path& path, const PathLook& look) {
    if (look.kind == PathKind::missing) return "no such folder";
    if (look.kind != PathKind::file) return look.exists() ? "is not a folder" : "cannot be read: " + look.why_not();
    const std::string kind = text(file_kind(beginning_of(path)));
    return fmt::format("is {}, not a folder", kind.empty() ? "a file" : kind);
}

}  // namespace

std::optional<SetPaths> find_set(const fs::path& folder, std::string& why, SetNeeds needs) {
    try {
        if (const PathLook look = look_at(folder); look.kind != PathKind::folder) {
            why = why_no_folder(folder, look);
            return {};
        }
        for (const char* below : {"", "MNIST/raw", "FashionMNIST/raw", "KMNIST/raw", "raw"}) {
            if (*below != '\0' && !is_folder(folder / below)) continue;
            const std::vector<fs::path> files = files_in(*below == '\0' ? folder : folder / below);
            SetPaths paths;
            Missing missing;
            for (std::size_t i = 0; i < kSetFiles; ++i) paths[i] = find_file(files, kSetStems[i], missing);
            const bool is_enough = needs == SetNeeds::train_images && !paths[0].empty() && !missing.is_unclear;
            if (missing.text.empty() || is_enough) return paths;
            if (why.empty()) why = missing.text;
        }
    } catch (const DataError& error) {
        why = error.what();
    }
    return {};
}

}  // namespace ae
