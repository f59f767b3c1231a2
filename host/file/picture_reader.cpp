#include "file/picture_reader.h"

#include <fmt/format.h>

#include "ae/error.h"
#include "file/file_kind.h"
#include "file/input_file.h"
#include "file/jpeg.h"
#include "file/paths.h"
#include "file/png_reader.h"
#include "file/resize.h"

namespace ae {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kLargestPicture = std::uint64_t(1) << 28;
constexpr std::uint64_t kMostBeforeResizing = std::uint64_t(1) << 26;  // 256 MB as they are decoded

Picture decoded(const fs::path& path, const PictureReading& reading) {
    const std::uint64_t most = reading.resizes() ? kMostBeforeResizing : reading.most_pixels;
    const std::string bytes = read_input(path, kLargestPicture), name = path.string();
    const FileKind kind = file_kind(bytes);
    if (kind == FileKind::png) return parse_png_in_colour(bytes, name, reading.paper, most);
    if (kind == FileKind::jpeg) return parse_jpeg(bytes, name, most);
    throw DataError(fmt::format("{}: is neither a PNG nor a JPEG{}", name,
                                kind == FileKind::unknown ? "" : fmt::format("; it looks like {}", text(kind))));
}

}  // namespace

Picture read_picture(const fs::path& path, const PictureReading& reading) {
    Picture picture = decoded(path, reading);
    if (reading.grey) picture = to_grey(picture);
    return reading.resizes() ? resized(picture, reading.width, reading.height) : picture;
}

bool is_picture_file(const fs::path& path) {
    try {
        const FileKind kind = file_kind(beginning_of(path));
        return kind == FileKind::png || kind == FileKind::jpeg;
    } catch (const DataError&) {
        return false;
    }
}

bool has_picture_ending(const fs::path& path) {
    const std::string ending = ending_of(path);
    return ending == ".png" || ending == ".jpg" || ending == ".jpeg";
}

}  // namespace ae
