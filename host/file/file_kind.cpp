#include "file/file_kind.h"

#include <algorithm>

namespace ae {

namespace {

/// A length of the header below 2³² and the header's brace, with or without spaces before it.
bool is_safetensors(std::string_view bytes) {
    return bytes.size() > 8 && bytes.substr(4, 4) == std::string_view("\0\0\0\0", 4) && bytes[8] == '{';
}

bool is_text(std::string_view bytes) {
    return !bytes.empty() && std::ranges::all_of(bytes, [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 || c == '\t' || c == '\r' || c == '\n';
    });
}

}  // namespace

FileKind file_kind(std::string_view bytes) {
    if (is_safetensors(bytes)) return FileKind::safetensors;
    if (bytes.starts_with("\x93NUMPY")) return FileKind::npy;
    if (bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06")) return FileKind::zip;
    if (bytes.starts_with("\x89PNG")) return FileKind::png;
    if (bytes.starts_with("\x89"
                          "AEZ"))
        return FileKind::aez;
    if (bytes.starts_with("\x89HDF")) return FileKind::hdf5;
    if (bytes.starts_with("\xFF\xD8\xFF")) return FileKind::jpeg;
    if (bytes.starts_with("\x1F\x8B")) return FileKind::gzip;
    if (bytes.starts_with(std::string_view("\0\0", 2))) return FileKind::idx;
    if (bytes.starts_with("\x08")) return FileKind::onnx;  // the field that every writer puts first
    if (bytes.starts_with("\x80\x02") || bytes.starts_with("\x80\x03") || bytes.starts_with("\x80\x04"))
        return FileKind::pickle;
    return is_text(bytes) ? FileKind::text : FileKind::unknown;
}

std::string text(FileKind kind) {
    switch (kind) {
        case FileKind::idx:
            return "an IDX file";
        case FileKind::gzip:
            return "a gzip file";
        case FileKind::npy:
            return "a NumPy array (.npy)";
        case FileKind::zip:
            return "a zip archive (.npz, or PyTorch's .pt)";
        case FileKind::png:
            return "a PNG picture";
        case FileKind::safetensors:
            return "a safetensors file";
        case FileKind::aez:
            return "an .aez file";
        case FileKind::onnx:
            return "an ONNX model";
        case FileKind::hdf5:
            return "an HDF5 file (Keras, h5py)";
        case FileKind::pickle:
            return "a Python pickle";
        case FileKind::jpeg:
            return "a JPEG picture";
        case FileKind::text:
            return "a text file";
        case FileKind::unknown:
            return "";
    }
    return "";
}

}  // namespace ae
