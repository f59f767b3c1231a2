// The ONNX reader on any bytes: a summary or a ModelError; ONNX's checker: its verdict.
#include "ae/error.h"
#include "onnx_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    try {
        ae::parse_onnx(bytes, "fuzz");
        ae::check_onnx(bytes, "fuzz");
    } catch (const ae::ModelError&) {
    } catch (const ae::CheckFailed&) {
    }
    return 0;
}
