#include "data/image_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "ae/error.h"
#include "file/atomic_file.h"
#include "file/paths.h"

namespace ae {
namespace {

constexpr std::size_t kMostInAPicture = 10'000, kMostOfFullSize = 400;

/// A grid as nearly square as possible; missing images in the last row are black.
Picture grid_of(std::span<const float> pixels, ImageSize size) {
    const std::size_t image = size.values();
    const std::size_t images = pixels.size() / image;
    const auto columns = static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(images))));
    std::vector<std::vector<float>> rows;
    for (std::size_t first = 0; first < images; first += columns) {
        const auto row = pixels.subspan(first * image, std::min(columns, images - first) * image);
        rows.emplace_back(row.begin(), row.end()).resize(columns * image);
    }
    if (images == 1) return digit_grid(rows, size, {.scale = 1, .gutter = 0});
    return digit_grid(rows, size, {.scale = images > kMostOfFullSize ? 1 : 0});
}

}  // namespace

void bring_to_greys(std::span<std::vector<float>> rows) {
    float least = HUGE_VALF, most = -HUGE_VALF;
    for (const std::vector<float>& row : rows)
        for (const float v : row) least = std::min(least, v), most = std::max(most, v);
    const float range = most > least ? most - least : 1;
    for (std::vector<float>& row : rows)
        for (float& v : row) v = (v - least) / range;
}

std::vector<std::uint64_t> shape_of(std::uint64_t images, ImageSize size) {
    std::vector<std::uint64_t> shape{images, static_cast<std::uint64_t>(size.height),
                                     static_cast<std::uint64_t>(size.width)};
    if (size.channels > 1) shape.push_back(static_cast<std::uint64_t>(size.channels));
    return shape;
}

void check_image_path(const std::filesystem::path& path) {
    const std::string ending = ending_of(path);
    if (!is_standard_output(path) && ending != ".npy" && ending != ".png")
        throw UsageError(
            fmt::format("{}: images are written as .npy or .png; give the output one of these endings", path.string()));
}

ImageWriter::ImageWriter(const std::filesystem::path& path, std::uint64_t images, ImageSize size)
    : path_(path), size_(size) {
    check_image_path(path);
    if (is_standard_output(path) || ending_of(path) == ".npy")
        array_.emplace(path, shape_of(images, size));
    else if (images == 0 || images > kMostInAPicture)
        throw UsageError(fmt::format("{}: a picture of {} images; 1 to {} can be shown, .npy holds any number",
                                     path.string(), images, kMostInAPicture));
}

void ImageWriter::write(std::span<const float> pixels) {
    if (array_)
        array_->write(pixels);
    else
        shown_.insert(shown_.end(), pixels.begin(), pixels.end());
}

void ImageWriter::commit() {
    if (array_)
        array_->commit();
    else
        write_png(path_, grid_of(shown_, size_));
}

void write_images(const std::filesystem::path& path, std::span<const float> pixels, ImageSize size) {
    ImageWriter writer(path, pixels.size() / size.values(), size);
    writer.write(pixels);
    writer.commit();
}

}  // namespace ae
