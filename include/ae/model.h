// A trained network and its file.
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

/// The names of such arrays begin with this, those of a scale with "scale.". torch's load_state_dict() loads such a
/// file with strict=False, or after these names are removed.
inline constexpr std::string_view kArrayPrefix = "anomaly.";

struct Model {
    Settings settings;                            ///< from another program's file only its shape; the rest are defaults
    std::vector<float> parameters;                ///< flat, as Shape lays them out
    std::map<std::string, std::string> metadata;  ///< its origin: data, data_sha256, engine, device, metrics
    std::map<std::string, ModelArray> arrays = {};  ///< what `anomaly fit` adds
    Scale scale = {};  ///< of the numbers that it was trained on: whoever gives numbers to its network applies it
};

/// Writes a safetensors file atomically. torch loads it, names unchanged, into nn.Sequential encoder and decoder. Adds
/// version, settings, time and checksum to the metadata. Throws OutputError.
void save_model(const std::filesystem::path& path, const Model& model);

/// Reads a model, a checkpoint's weights, or another program's (floats of 16 to 64 bits under names that hold these).
/// Throws ModelError: unreadable, damaged, another architecture than its metadata say, a NaN or infinity, a tensor too
/// many.
Model load_model(const std::filesystem::path& path);

}  // namespace ae
