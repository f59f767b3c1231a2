// The JPEG reader on any bytes: a picture of the size that it says, or a DataError.
#include <cstdlib>

#include "ae/error.h"
#include "file/jpeg.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const ae::Picture picture = ae::parse_jpeg({reinterpret_cast<const char*>(data), size}, "fuzz", 65'536);
        const ae::ImageSize said{picture.width, picture.height, picture.channels};
        if (picture.pixels.size() != said.values()) std::abort();
    } catch (const ae::DataError&) {
    }
    return 0;
}
