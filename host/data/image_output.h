// Images as files for people and for other programs.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "file/npy_writer.h"
#include "file/picture.h"

namespace ae {

/// n × height × width pixels in [0, 1], with a fourth axis where there are several channels, by the path's ending: .npy
/// holds them all as float32 of this shape, .png shows them in a grid; a single image is a picture of exactly its
/// pixels. Throws UsageError for another ending and for more images than a picture can show, OutputError.
void write_images(const std::filesystem::path& path, std::span<const float> pixels, ImageSize size);

/// write_images() of images that come piece by piece: an .npy file grows with them, a picture keeps them until
/// commit().
/// "-" is an .npy array on the standard output.
class ImageWriter {
public:
    ImageWriter(const std::filesystem::path& path, std::uint64_t images, ImageSize size);

    void write(std::span<const float> pixels);
    void commit();  ///< once all images are written

private:
    std::filesystem::path path_;
    ImageSize size_;
    std::optional<NpyWriter> array_;
    std::vector<float> shown_;
};

/// Numbers as greys of a picture: from 0 for the least to 1 for the greatest of all.
void bring_to_greys(std::span<std::vector<float>> rows);

/// The shape of an array of images: n × height × width, and the channels where there are several.
std::vector<std::uint64_t> shape_of(std::uint64_t images, ImageSize size);

/// Throws UsageError unless write_images() can write such a file, so that a command can fail before its work.
void check_image_path(const std::filesystem::path& path);

}  // namespace ae
