// Any bytes are either an IDX file, whose values then fill its dimensions exactly, or a DataError.
#include <cstdlib>

#include "ae/dataset.h"
#include "ae/error.h"
#include "memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static ae::fuzz::MemoryFile file;
    try {
        const ae::Idx idx = ae::read_idx(file.holding(data, size));
        std::size_t count = 1;
        for (const std::uint32_t d : idx.dimensions) count *= d;
        if (idx.dimensions.empty() || count == 0 || count != idx.values.size() || idx.sha256.size() != 64) std::abort();
    } catch (const ae::DataError&) {
    }
    return 0;
}
