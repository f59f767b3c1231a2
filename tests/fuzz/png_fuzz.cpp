// The PNG readers on any bytes: a picture of the size that it says, in grey and in colour the same, or a DataError.
#include <cstdlib>
#include <optional>

#include "ae/error.h"
#include "file/png_reader.h"

namespace {

/// None where the reader refuses the bytes.
template <typename Read>
std::optional<ae::Picture> picture(Read read) {
    try {
        ae::Picture picture = read();
        const ae::ImageSize said{picture.width, picture.height, picture.channels};
        if (picture.pixels.size() != said.values()) std::abort();
        return picture;
    } catch (const ae::DataError&) {
        return std::nullopt;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto paper = static_cast<std::uint8_t>(size);
    const auto grey = picture([&] { return ae::parse_png(bytes, "fuzz", paper); });
    const auto colour = picture([&] { return ae::parse_png_in_colour(bytes, "fuzz", paper, 65'536); });
    if (grey.has_value() != colour.has_value()) std::abort();
    if (!grey) return 0;
    if (grey->channels != 1 || grey->width != colour->width || grey->height != colour->height) std::abort();
    if (colour->channels != 1 && colour->channels != 3) std::abort();
    return 0;
}
