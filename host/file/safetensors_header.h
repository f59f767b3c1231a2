// The JSON at the head of a safetensors file.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "file/safetensors.h"

namespace ae {

/// A tensor as the header describes it, not yet checked against the file.
struct TensorPlace {
    std::string name;
    Dtype dtype = Dtype::f32;
    std::vector<std::uint64_t> shape = {};
    std::uint64_t begin = 0, end = 0;  ///< in the buffer after the header
};

struct TensorHeader {
    Metadata metadata;
    std::vector<TensorPlace> places;  ///< in the order of the header
};

/// Throws ModelError, each cause with its own message: not JSON, not UTF-8, a key twice, nested too deeply, a value of
/// a wrong kind. `file` is used in error messages. Memory stays within a small multiple of text.size().
TensorHeader read_tensor_header(std::string_view text, const std::string& file);

/// A text of a file, made fit for a message: quoted, escaped, never long.
std::string in_quotes(const std::string& text);

}  // namespace ae
