// The .aez reader on any bytes: codes of the number that the header says, or a DataError. CRC-32 keeps a fuzzer from
// the code that it guards, so the checksums are made to agree first, except where the input's length is odd.
#include <zlib.h>

#include <cstdlib>
#include <cstring>

#include "ae/error.h"
#include "use/aez.h"

namespace {

std::uint32_t crc(const std::string& bytes, std::size_t begin, std::size_t length) {
    return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()) + begin, length));
}

/// Sets the CRC-32 of the header, and those of the blocks where the index leads to them.
void forge(std::string& bytes) {
    std::uint32_t header = 0, images = 0;
    if (bytes.size() < 104) return;
    std::memcpy(&header, &bytes[12], 4);
    std::memcpy(&images, &bytes[80], 4);
    if (header < 104 || header > bytes.size()) return;
    const std::uint64_t blocks = (std::uint64_t(images) + 255) / 256;
    if (8 * blocks + 104 <= header)
        for (std::uint64_t b = 0, at = header; b < blocks; ++b) {
            char* entry = &bytes[header - 4 - 8 * (blocks - b)];
            std::uint32_t length = 0;
            std::memcpy(&length, entry, 4);
            if (length > bytes.size() - at) break;
            const std::uint32_t block_crc = crc(bytes, at, length);
            std::memcpy(entry + 4, &block_crc, 4);
            at += length;
        }
    const std::uint32_t header_crc = crc(bytes, 0, header - 4);
    std::memcpy(&bytes[header - 4], &header_crc, 4);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string bytes(reinterpret_cast<const char*>(data), size);
    if (size % 2 == 0) forge(bytes);
    try {
        const ae::Aez aez(bytes, "fuzz");
        std::size_t codes = 0;
        for (std::size_t b = 0; b < aez.blocks(); ++b) codes += aez.codes(b).size();
        if (codes != static_cast<std::size_t>(aez.info().images) * aez.info().quantizer.dimensions()) std::abort();
    } catch (const ae::DataError&) {
    }
    return 0;
}
