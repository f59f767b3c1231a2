// Images as files for people and for other programs.
#pragma once
#include <filesystem>
#include <span>

#include "file/picture.h"

namespace ae {

/// n × height × width pixels in [0, 1] by the path's ending: .npy holds them all as float32 of this shape, .png shows
/// them in a grid; a single image is a picture of exactly its pixels. Throws UsageError for another ending and for more
/// images than a picture can show, OutputError.
void write_images(const std::filesystem::path& path, std::span<const float> pixels, ImageSize size);

/// Throws UsageError unless write_images() can write such a file, so that a command can fail before its work.
void check_image_path(const std::filesystem::path& path);

}  // namespace ae
