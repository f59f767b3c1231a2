// A trained network and the file it lives in.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ae/engine.h"

namespace ae {

/// Numbers that a model carries beside its weights.
struct ModelArray {
    std::vector<std::uint64_t> shape;  ///< row-major
    std::vector<float> values;

    bool operator==(const ModelArray&) const = default;
};

/// What the names of such arrays begin with. torch's load_state_dict() takes the weights of a file that has some with
/// strict=False, or without the names that begin so.
inline constexpr std::string_view kArrayPrefix = "anomaly.";

struct Model {
    Settings settings;                              ///< of a file that another program made: its shape, defaults else
    std::vector<float> parameters;                  ///< flat, as Shape lays them out
    std::map<std::string, std::string> metadata;    ///< where it came from: data, data_sha256, engine, device, metrics
    std::map<std::string, ModelArray> arrays = {};  ///< what `anomaly fit` adds
};

/// Writes a safetensors file whole or not at all. torch loads it unrenamed into nn.Sequential encoder and decoder. Adds
/// version, settings, time and checksum to the metadata. Throws OutputError.
void save_model(const std::filesystem::path& path, const Model& model);

/// Reads a model, a checkpoint's weights, or another program's (floats of 16 to 64 bits under names that hold these).
/// Throws ModelError: unreadable, damaged, another architecture than it says, a number that is none, a tensor too many.
Model load_model(const std::filesystem::path& path);

}  // namespace ae
