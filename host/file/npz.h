// Arrays by their names in a file: NumPy's .npz, a zip archive of .npy members, read and written by libzip.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "file/safetensors.h"

namespace ae {

/// Members stored or deflated, as numpy.savez and savez_compressed write them, with or without zip64. Throws DataError,
/// each cause with its own message: no archive, cut short, members that overlap or have one name, that are encrypted,
/// packed otherwise, no arrays, or whose checksum differs. Nothing is allocated that the archive's own length does not
/// justify, and compressed members unpack to at most 256 MiB in all.
std::map<std::string, Tensor> parse_npz(std::string_view bytes, const std::string& name);

/// As numpy.savez writes it: stored members NAME.npy, at least one. The same arrays give the same bytes.
std::string serialize_npz(const std::map<std::string, Tensor>& arrays);

}  // namespace ae
