// The ONNX reader on any bytes: a summary, or a ModelError.
#include "ae/error.h"
#include "model/onnx_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        ae::parse_onnx({reinterpret_cast<const char*>(data), size}, "fuzz");
    } catch (const ae::ModelError&) {
    }
    return 0;
}
