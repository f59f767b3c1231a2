// Any bytes are either a safetensors file, which then comes back from being written, or a ModelError.
#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "ae/error.h"
#include "file/safetensors.h"
#include "file/safetensors_header.h"

namespace {

template <typename Call>
void expect_result_or_model_error(Call call) {
    try {
        call();
    } catch (const ae::ModelError&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    expect_result_or_model_error([&] {
        const ae::TensorFile file = ae::parse_safetensors(bytes, "fuzz");
        const ae::TensorFile again = ae::parse_safetensors(ae::serialize_safetensors(file), "again");
        if (file.metadata != again.metadata || file.tensors != again.tensors) std::abort();
        if (ae::checksum(file) != ae::checksum(again)) std::abort();
    });
    // The same header whatever the length before it says: mutations seldom keep the two in step.
    expect_result_or_model_error([&] { ae::read_tensor_header(bytes.substr(std::min<std::size_t>(8, size)), "fuzz"); });
    return 0;
}
