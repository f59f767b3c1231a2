// What a file is, by its first bytes: its name may say anything.
#pragma once
#include <string>
#include <string_view>

namespace ae {

enum class FileKind { unknown, idx, gzip, npy, zip, png, safetensors, aez, onnx, hdf5, pickle, jpeg, text };

/// From the first 16 bytes or more.
FileKind file_kind(std::string_view beginning);

/// For people: "an HDF5 file (Keras, h5py)"; empty where it is not known.
std::string text(FileKind kind);

}  // namespace ae
