// The JSON at the head of a safetensors file.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "file/safetensors.h"

namespace ae {

/// What the header says of a tensor, not yet checked against the file.
struct TensorPlace {
    std::string name;
    Dtype dtype = Dtype::f32;
    std::vector<std::uint64_t> shape = {};
    std::uint64_t begin = 0, end = 0;  ///< in the buffer behind the header
};

struct TensorHeader {
    Metadata metadata;
    std::vector<TensorPlace> places;  ///< as they stand in the header
};

/// Throws ModelError, each cause with its own message: not JSON, not UTF-8, a key twice, nested too deeply, a value of
/// a wrong kind. `file` stands in messages. Memory stays within a small multiple of text.size().
TensorHeader read_tensor_header(std::string_view text, const std::string& file);

/// A text of a file as it may stand in a message: quoted, escaped, never long.
std::string in_quotes(const std::string& text);

}  // namespace ae
