// The description of a file and its contents, as a document.
#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>

namespace ae {

/// Describes a model, checkpoint or other safetensors file, an ONNX model, .npy, .npz, IDX (also gzipped), .aez or PNG;
/// its content decides, whatever it is called. "file", "bytes", "kind" and "summary" (one line for a person) come
/// first. Throws ModelError for any other file, saying what it is not, and what the readers throw where it is damaged.
nlohmann::ordered_json inspect_file(const std::filesystem::path& path);

}  // namespace ae
