// The .npy readers on any bytes: an array of the size that its shape says, or a DataError; piece by piece the same
// array.
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <numeric>

#include "ae/error.h"
#include "file/npy.h"
#include "file/npy_file.h"
#include "file/tensor_floats.h"
#include "memory_file.h"

namespace {

std::uint64_t values_of(const std::vector<std::uint64_t>& shape) {
    return std::accumulate(shape.begin(), shape.end(), std::uint64_t(1), std::multiplies<>());
}

/// The array, read in pieces of some values.
std::string in_pieces(const ae::NpyFile& file, std::uint64_t piece) {
    std::string bytes;
    const std::uint64_t all = values_of(file.shape());
    for (std::uint64_t first = 0; first < all; first += piece)
        bytes += file.read(first, std::min(piece, all - first)).bytes;
    return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static ae::fuzz::MemoryFile memory;
    try {
        const ae::Npy npy = ae::parse_npy({reinterpret_cast<const char*>(data), size}, "fuzz");
        const auto values = std::visit([](const auto& v) { return v.size(); }, npy.values);
        if (values != values_of(npy.shape)) std::abort();
    } catch (const ae::DataError&) {
    }
    try {
        const ae::Tensor tensor = ae::parse_npy_tensor({reinterpret_cast<const char*>(data), size}, "fuzz");
        if (ae::byte_size(tensor.dtype, tensor.shape) != tensor.bytes.size()) std::abort();
        if (ae::byte_size(ae::Dtype::f32, tensor.shape) != 4 * ae::to_numbers(tensor).size()) std::abort();
    } catch (const ae::DataError&) {
    }
    try {
        const ae::NpyFile file(memory.holding(data, size));
        file.check_fits_memory();
        const ae::Tensor whole = file.read();
        if (whole.dtype != file.dtype() || whole.shape != file.shape()) std::abort();
        if (file.is_row_major() && in_pieces(file, 1 + size % 7) != whole.bytes) std::abort();
    } catch (const ae::DataError&) {
    }
    return 0;
}
