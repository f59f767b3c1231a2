// The PNG reader on any bytes: a picture of the size that it says, or a DataError.
#include <cstdlib>

#include "ae/error.h"
#include "file/png_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const ae::Picture picture = ae::parse_png({reinterpret_cast<const char*>(data), size}, "fuzz");
        if (picture.pixels.size() != static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height))
            std::abort();
    } catch (const ae::DataError&) {
    }
    return 0;
}
