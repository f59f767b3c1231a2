#include "data/own_set.h"

#include <fmt/format.h>

#include "ae/error.h"
#include "data/array_set.h"
#include "data/idx_set.h"
#include "data/known_set.h"
#include "data/picture_folder.h"
#include "data/set_files.h"
#include "data/table_set.h"
#include "file/file_kind.h"
#include "file/input_file.h"
#include "file/paths.h"

namespace ae {
namespace fs = std::filesystem;
namespace {

std::string names_of_sets() {
    std::string names;
    for (const KnownSet& set : known_sets()) names += set.name + ", ";
    return names + "synthetic";
}

[[noreturn]] void refuse_source(const std::string& source, const std::string& why) {
    throw DataError(
        fmt::format("--data {}: {}; a folder of pictures or IDX files, an IDX, .npy, .npz or .csv file, or "
                    "one of {} was expected",
                    source, why, names_of_sets()));
}

/// IDX files before pictures, pictures before tables.
Dataset load_folder(const DatasetOptions& options) {
    const fs::path folder = options.source;
    std::string why;
    if (const auto paths = find_set(folder, why, SetNeeds::train_images)) return read_idx_set(*paths, nullptr);
    if (const PictureFiles files = find_pictures(folder); !files.train.empty())
        return read_picture_folder(folder, files, options);
    if (const fs::path table = table_of_folder(folder); !table.empty()) return read_table_set(table, options);
    refuse_source(options.source, why + ", no PNG or JPEG files and no train.csv");
}

Dataset load_file(const DatasetOptions& options) {
    const fs::path file = options.source;
    const FileKind kind = file_kind(beginning_of(file, 4096));
    switch (kind) {
        case FileKind::idx:
        case FileKind::gzip:
            return read_idx_images(file);
        case FileKind::npy:
            return read_npy_set(file, options.reading.numbers);
        case FileKind::zip:
            return read_npz_set(file, options.reading.numbers);
        case FileKind::text:
            return read_table_set(file, options);
        case FileKind::png:
        case FileKind::jpeg:
            refuse_source(options.source, fmt::format("is {}, a single one", text(kind)));
        default:
            refuse_source(options.source, kind == FileKind::unknown ? "is of no known kind" : "is " + text(kind));
    }
}

}  // namespace

fs::path table_of_folder(const fs::path& folder) {
    for (const char* name : {"train.csv", "train.tsv"})
        if (is_file(folder / name)) return folder / name;
    return {};
}

std::string name_of_source(const fs::path& source) {
    const fs::path whole = absolute_path(source);
    return (whole.has_filename() ? whole : whole.parent_path()).filename().string();
}

Dataset load_own_set(const DatasetOptions& options) {
    const PathLook look = look_at(options.source);
    if (look.kind == PathKind::missing) refuse_source(options.source, "no such file or folder");
    if (!look.exists()) refuse_source(options.source, "cannot be read: " + look.why_not());
    if (look.kind == PathKind::other) refuse_source(options.source, "is neither a file nor a folder");
    Dataset data = look.kind == PathKind::folder ? load_folder(options) : load_file(options);
    data.name = name_of_source(options.source);
    return data;
}

}  // namespace ae
