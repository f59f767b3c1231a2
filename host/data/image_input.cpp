#include "data/image_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cmath>
#include <fstream>

#include "ae/arithmetic.h"
#include "ae/error.h"
#include "data/known_set.h"
#include "file/npy.h"
#include "file/png_reader.h"

namespace ae {
namespace fs = std::filesystem;
namespace {

using Dimensions = std::vector<std::uint64_t>;

[[noreturn]] void refuse_size(const std::string& origin, const std::string& found, int pixels) {
    throw UsageError(fmt::format("{}: {}; the model takes images of {} pixels", origin, found, pixels));
}

/// Sets count, height and width of images from the shape of their array.
void set_size(InputImages& images, const Dimensions& shape, int pixels) {
    const auto wanted = static_cast<std::uint64_t>(pixels);
    const auto product = [](std::uint64_t a, std::uint64_t b) {
        return __builtin_mul_overflow(a, b, &a) ? std::uint64_t(0) : a;
    };
    Dimensions nhw;  // images, height, width
    if (shape.size() == 3 && product(shape[1], shape[2]) == wanted) nhw = shape;
    if (shape.size() == 2 && product(shape[0], shape[1]) == wanted) nhw = {1, shape[0], shape[1]};
    if (shape.size() == 2 && shape[1] == wanted) {
        const ImageSize size = image_size(pixels);
        nhw = {shape[0], static_cast<std::uint64_t>(size.height), static_cast<std::uint64_t>(size.width)};
    }
    if (nhw.empty())
        refuse_size(images.origin,
                    fmt::format("an array of shape {}, neither n×h×w nor n×{} nor h×w", shape_text(shape), pixels),
                    pixels);
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

InputImages from_npy(const fs::path& path, int pixels) {
    Npy npy = read_npy(path);
    InputImages images{.origin = path.string()};
    set_size(images, npy.shape, pixels);
    if (const auto* bytes = std::get_if<std::vector<std::uint8_t>>(&npy.values))
        images.pixels = to_floats(*bytes);
    else
        images.pixels = std::move(std::get<std::vector<float>>(npy.values));
    settle_values(images);
    return images;
}

InputImages from_idx(const fs::path& path, int pixels) {
    const Idx idx = read_idx(path);
    InputImages images{.origin = path.string()};
    set_size(images, {idx.dimensions.begin(), idx.dimensions.end()}, pixels);
    images.pixels = to_floats(idx.values);
    return images;
}

std::uint8_t paper(const ImageSource& source) {
    return source.invert ? 255 : 0;
}

void append(InputImages& images, const Picture& picture, const fs::path& path, int pixels) {
    if (std::int64_t(picture.height) * picture.width != pixels)
        refuse_size(path.string(), fmt::format("a picture of {}×{} pixels", picture.height, picture.width), pixels);
    if (images.count == 0) images.height = picture.height, images.width = picture.width;
    if (images.height != picture.height || images.width != picture.width)
        throw DataError(fmt::format("{}: a picture of {}×{} pixels among others of {}×{}", path.string(),
                                    picture.height, picture.width, images.height, images.width));
    const std::vector<float> floats = to_floats(picture.pixels);
    images.pixels.insert(images.pixels.end(), floats.begin(), floats.end());
    ++images.count;
}

InputImages from_png(const ImageSource& source, int pixels) {
    InputImages images{.origin = source.name};
    append(images, read_png(source.name, paper(source)), source.name, pixels);
    return images;
}

std::vector<fs::path> png_files(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
        const std::string ending = entry.path().extension().string();
        if (ending == ".png" || ending == ".PNG") files.push_back(entry.path());
    }
    if (error) throw DataError(fmt::format("{}: {}", folder.string(), error.message()));
    std::ranges::sort(files);
    return files;
}

InputImages from_pngs(const ImageSource& source, const std::vector<fs::path>& files, int pixels) {
    InputImages images{.origin = fmt::format("{} ({} PNG files)", source.name, files.size())};
    for (const fs::path& file : files) {
        append(images, read_png(file, paper(source)), file, pixels);
        images.names.push_back(file.filename().string());
    }
    return images;
}

InputImages from_dataset(const ImageSource& source, const std::string& name, bool train, int pixels) {
    DatasetOptions options = source.data;
    options.source = name;
    Dataset data = load_dataset(options);
    Images& part = train ? data.train : data.test;
    InputImages images{.origin = fmt::format("{} ({})", data.name, train ? "training images" : "test images")};
    if (part.pixels_per_image() != pixels)
        refuse_size(images.origin, fmt::format("images of {}×{} pixels", part.height, part.width), pixels);
    images.count = part.count, images.height = part.height, images.width = part.width;
    images.pixels = part.floats(0, part.count);
    images.labels = std::move(part.labels);
    return images;
}

InputImages from_folder(const ImageSource& source, int pixels) {
    const std::vector<fs::path> files = png_files(source.name);
    if (!files.empty()) return from_pngs(source, files, pixels);
    try {
        return from_dataset(source, source.name, false, pixels);
    } catch (const DataError& error) {
        throw DataError(
            fmt::format("{}: holds no PNG files and cannot be read as a data set: {}", source.name, error.what()));
    }
}

InputImages from_file(const ImageSource& source, int pixels) {
    std::array<char, 4> magic{};
    std::ifstream file(source.name, std::ios::binary);
    file.read(magic.data(), magic.size());
    const std::string_view begin(magic.data(), static_cast<std::size_t>(file.gcount()));
    if (begin == "\x93NUM") return from_npy(source.name, pixels);
    if (begin == "\x89PNG") return from_png(source, pixels);
    if (begin.starts_with("\x1F\x8B") || begin.starts_with(std::string_view("\0\0", 2)))
        return from_idx(source.name, pixels);
    throw DataError(fmt::format("{}: is neither an IDX file nor an .npy array nor a PNG", source.name));
}

/// "mnist", "mnist:train", "folder:test"
InputImages from_name(const ImageSource& source, int pixels) {
    const std::size_t colon = source.name.rfind(':');
    const std::string set = source.name.substr(0, colon),
                      part = colon == std::string::npos ? "test" : source.name.substr(colon + 1);
    const bool exists = set == "synthetic" || find_known_set(set) != nullptr || fs::is_directory(set);
    if (!exists || (part != "train" && part != "test"))
        throw DataError(
            fmt::format("{}: no such file or folder, and no data set's name (mnist, fashion-mnist, synthetic; "
                        "mnist:train for its training images)",
                        source.name));
    return from_dataset(source, set, part == "train", pixels);
}

}  // namespace

InputImages read_images(const ImageSource& source, int pixels) {
    const fs::file_status status = fs::status(source.name);
    InputImages images = !fs::exists(status)        ? from_name(source, pixels)
                         : fs::is_directory(status) ? from_folder(source, pixels)
                                                    : from_file(source, pixels);
    if (source.invert) std::ranges::transform(images.pixels, images.pixels.begin(), [](float v) { return 1 - v; });
    return images;
}

ImageSize image_size(int pixels) {
    const int side = static_cast<int>(std::lround(std::sqrt(pixels)));
    return side * side == pixels ? ImageSize{side, side} : ImageSize{pixels, 1};
}

}  // namespace ae
