// The .npz reader on any bytes: arrays whose bytes fit their shapes, or a DataError.
#include <cstdlib>

#include "ae/error.h"
#include "file/npz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        for (const auto& [name, array] : ae::parse_npz({reinterpret_cast<const char*>(data), size}, "fuzz"))
            if (ae::byte_size(array.dtype, array.shape) != array.bytes.size()) std::abort();
    } catch (const ae::DataError&) {
    }
    return 0;
}
