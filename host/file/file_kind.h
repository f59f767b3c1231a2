// The kind of a file by its first bytes, since its name may be wrong.
#pragma once
#include <string>
#include <string_view>

namespace ae {

enum class FileKind { unknown, idx, gzip, npy, zip, png, safetensors, aez, onnx, hdf5, pickle, jpeg, text };

/// Tells the kind from the first 16 bytes or more.
FileKind file_kind(std::string_view beginning);

/// The kind for people: "an HDF5 file (Keras, h5py)"; empty if it is not known.
std::string text(FileKind kind);

}  // namespace ae
