// The .npy readers on any bytes: an array of the size that its shape says, or a DataError.
#include <cstdlib>
#include <functional>
#include <numeric>

#include "ae/error.h"
#include "file/npy.h"
#include "file/tensor_floats.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const ae::Npy npy = ae::parse_npy({reinterpret_cast<const char*>(data), size}, "fuzz");
        const auto values = std::visit([](const auto& v) { return v.size(); }, npy.values);
        if (values != std::accumulate(npy.shape.begin(), npy.shape.end(), std::uint64_t(1), std::multiplies<>()))
            std::abort();
    } catch (const ae::DataError&) {
    }
    try {
        const ae::Tensor tensor = ae::parse_npy_tensor({reinterpret_cast<const char*>(data), size}, "fuzz");
        if (ae::byte_size(tensor.dtype, tensor.shape) != tensor.bytes.size()) std::abort();
        if (ae::byte_size(ae::Dtype::f32, tensor.shape) != 4 * ae::to_numbers(tensor).size()) std::abort();
    } catch (const ae::DataError&) {
    }
    return 0;
}
