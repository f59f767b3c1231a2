#include "data/image_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <climits>

#include "ae/arithmetic.h"
#include "ae/error.h"
#include "data/image_array.h"
#include "data/known_set.h"
#include "data/set_files.h"
#include "file/file_kind.h"
#include "file/input_file.h"
#include "file/npy.h"
#include "file/paths.h"
#include "file/png_reader.h"

namespace ae {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void refuse_size(const std::string& origin, const std::string& found, const WantedImages& wanted) {
    throw UsageError(
        fmt::format("{}: {}; the model takes images of {} pixels{}", origin, found, wanted.pixels,
                    wanted.has_size() ? fmt::format(" ({}×{})", wanted.size.height, wanted.size.width) : ""));
}

/// Sets count, height and width of images from the shape of their array.
void set_size(InputImages& images, const Dimensions& shape, const WantedImages& wanted) {
    const Dimensions nhw = images_in(shape, wanted);
    if (nhw.empty())
        refuse_size(
            images.origin,
            fmt::format("an array of shape {}, neither n×h×w nor n×{} nor h×w", shape_text(shape), wanted.pixels),
            wanted);
    if (nhw[0] == 0 || nhw[0] > INT_MAX)
        throw DataError(fmt::format("{}: holds {} images; 1 to {} were expected", images.origin, nhw[0], INT_MAX));
    images.count = static_cast<int>(nhw[0]), images.height = static_cast<int>(nhw[1]);
    images.width = static_cast<int>(nhw[2]);
}

std::vector<float> to_floats(std::span<const std::uint8_t> bytes) {
    std::vector<float> floats(bytes.size());
    std::ranges::transform(bytes, floats.begin(), pixel<float>);
    return floats;
}

/// Values that only rounding has put outside [0, 1] are clamped to it; all others outside it are refused.
void settle_values(InputImages& images) {
    constexpr float kRounding = 1e-5f;
    for (float& v : images.pixels)
        if ((v > 1 && v <= 1 + kRounding) || (v < 0 && v >= -kRounding)) v = v > 0.5f ? 1.0f : 0.0f;
    const auto outside = std::ranges::find_if_not(images.pixels, [](float v) { return v >= 0 && v <= 1; });
    if (outside == images.pixels.end()) return;
    const bool looks_like_bytes =
        std::ranges::all_of(images.pixels, [](float v) { return v >= 0 && v <= 255 && v == std::round(v); });
    const auto at = outside - images.pixels.begin(), size = std::ptrdiff_t(images.height) * images.width;
    throw DataError(fmt::format("{}: {} in image {}, row {}, column {}; pixels must lie in [0, 1]{}", images.origin,
                                *outside, at / size, at % size / images.width, at % images.width,
                                looks_like_bytes ? " (divide them by 255?)" : ""));
}

InputImages from_npy(const fs::path& path, const WantedImages& wanted) {
    Npy npy = read_npy(path);
    InputImages images{.origin = path.string()};
    set_size(images, npy.shape, wanted);
    if (const auto* bytes = std::get_if<std::vector<std::uint8_t>>(&npy.values))
        images.pixels = to_floats(*bytes);
    else
        images.pixels = std::move(std::get<std::vector<float>>(npy.values));
    settle_values(images);
    return images;
}

InputImages from_idx(const fs::path& path, const WantedImages& wanted) {
    const Idx idx = read_idx(path);
    InputImages images{.origin = path.string()};
    set_size(images, {idx.dimensions.begin(), idx.dimensions.end()}, wanted);
    images.pixels = to_floats(idx.values);
    return images;
}

std::uint8_t paper(const ImageSource& source) {
    return source.invert ? 255 : 0;
}

void append(InputImages& images, const Picture& picture, const fs::path& path, const WantedImages& wanted) {
    if (!fits(wanted, static_cast<std::uint64_t>(picture.height), static_cast<std::uint64_t>(picture.width)))
        refuse_size(path.string(), fmt::format("a picture of {}×{} pixels", picture.height, picture.width), wanted);
    if (images.count == 0) images.height = picture.height, images.width = picture.width;
    if (images.height != picture.height || images.width != picture.width)
        throw DataError(fmt::format("{}: a picture of {}×{} pixels among others of {}×{}", path.string(),
                                    picture.height, picture.width, images.height, images.width));
    const std::vector<float> floats = to_floats(picture.pixels);
    images.pixels.insert(images.pixels.end(), floats.begin(), floats.end());
    ++images.count;
}

InputImages from_png(const ImageSource& source, const WantedImages& wanted) {
    InputImages images{.origin = source.name};
    append(images, read_png(source.name, paper(source)), source.name, wanted);
    return images;
}

bool is_png(const fs::path& file) {
    try {
        return file_kind(beginning_of(file)) == FileKind::png;
    } catch (const DataError&) {
        return false;
    }
}

/// Regular files that begin as a PNG does, whatever they are called, and those that are called so and are none, for
/// whose sake the reader will complain. Hidden files are left to the programs that hid them.
std::vector<fs::path> png_files(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const fs::path& entry : entries_of(folder)) {
        if (entry.filename().string().starts_with('.') || !is_file(entry)) continue;
        if (ending_of(entry) == ".png" || is_png(entry)) files.push_back(entry);
    }
    return files;
}

InputImages from_pngs(const ImageSource& source, const std::vector<fs::path>& files, const WantedImages& wanted) {
    InputImages images{.origin = fmt::format("{} ({} PNG files)", source.name, files.size())};
    for (const fs::path& file : files) {
        append(images, read_png(file, paper(source)), file, wanted);
        images.names.push_back(file.filename().string());
    }
    return images;
}

InputImages from_dataset(const ImageSource& source, const std::string& name, bool train, const WantedImages& wanted) {
    DatasetOptions options = source.data;
    options.source = name;
    Dataset data = load_dataset(options);
    Images& part = train ? data.train : data.test;
    InputImages images{.origin = fmt::format("{} ({})", data.name, train ? "training images" : "test images")};
    if (!fits(wanted, static_cast<std::uint64_t>(part.height), static_cast<std::uint64_t>(part.width)))
        refuse_size(images.origin, fmt::format("images of {}×{} pixels", part.height, part.width), wanted);
    images.count = part.count, images.height = part.height, images.width = part.width;
    images.pixels = part.floats(0, part.count);
    images.labels = std::move(part.labels);
    return images;
}

/// The four files of a data set before pictures beside them.
InputImages from_folder(const ImageSource& source, const WantedImages& wanted) {
    std::string why;
    if (find_set(source.name, why)) return from_dataset(source, source.name, false, wanted);
    const std::vector<fs::path> files = png_files(source.name);
    if (!files.empty()) return from_pngs(source, files, wanted);
    throw DataError(fmt::format("{}: holds no PNG files and cannot be read as a data set: {}", source.name, why));
}

InputImages from_file(const ImageSource& source, const WantedImages& wanted) {
    const FileKind kind = file_kind(beginning_of(source.name));
    if (kind == FileKind::npy) return from_npy(source.name, wanted);
    if (kind == FileKind::png) return from_png(source, wanted);
    if (kind == FileKind::gzip || kind == FileKind::idx) return from_idx(source.name, wanted);
    throw DataError(fmt::format("{}: is neither an IDX file nor an .npy array nor a PNG{}", source.name,
                                kind == FileKind::unknown ? "" : fmt::format("; it looks like {}", text(kind))));
}

/// A data set's name, or a folder's, and the part of it that is meant.
struct NamedPart {
    std::string set;
    std::string part;
};

/// "mnist", "mnist:train", "folder:test"
NamedPart named_part(const std::string& name) {
    const std::size_t colon = name.rfind(':');
    return {name.substr(0, colon), colon == std::string::npos ? "test" : name.substr(colon + 1)};
}

bool is_set(const std::string& name) {
    return name == "synthetic" || find_known_set(name) != nullptr;
}

InputImages from_name(const ImageSource& source, const PathLook& look, const WantedImages& wanted) {
    const auto [set, part] = named_part(source.name);
    if (!is_set(set) && look.kind == PathKind::unreadable)
        throw DataError(fmt::format("{}: cannot be looked at: {}", source.name, look.why_not()));
    if ((!is_set(set) && !is_folder(set)) || (part != "train" && part != "test"))
        throw DataError(
            fmt::format("{}: no such file or folder, and no data set's name (mnist, fashion-mnist, synthetic; "
                        "mnist:train for its training images)",
                        source.name));
    return from_dataset(source, set, part == "train", wanted);
}

std::vector<fs::path> files_of_set(const fs::path& folder) {
    std::string why;
    const auto paths = find_set(folder, why);
    return paths ? std::vector<fs::path>(paths->begin(), paths->end()) : std::vector<fs::path>();
}

}  // namespace

InputImages read_images(const ImageSource& source, WantedImages wanted) {
    const PathLook look = is_set(source.name) ? PathLook() : look_at(source.name);
    InputImages images = !look.exists()                  ? from_name(source, look, wanted)
                         : look.kind == PathKind::folder ? from_folder(source, wanted)
                                                         : from_file(source, wanted);
    if (source.invert) std::ranges::transform(images.pixels, images.pixels.begin(), [](float v) { return 1 - v; });
    return images;
}

std::vector<fs::path> files_of_source(const std::string& name) {
    const std::string set = named_part(name).set;
    std::vector<fs::path> files;
    const auto add = [&](const std::vector<fs::path>& more) { files.insert(files.end(), more.begin(), more.end()); };
    if (const KnownSet* known = find_known_set(set))
        for (const fs::path& folder : known_folders(*known)) add(files_of_set(folder));
    else if (is_folder(name) || is_folder(set))
        add(files_of_set(is_folder(name) ? name : set));
    if (files.empty() && is_folder(name)) {
        try {
            add(png_files(name));
        } catch (const DataError&) {  // whoever reads it will say so
        }
    }
    if (files.empty()) files.emplace_back(name);
    return files;
}

}  // namespace ae
