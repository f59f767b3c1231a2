// A trained network and the file it lives in.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "ae/engine.h"

namespace ae {

struct Model {
    Settings settings;                            ///< of a file that another program made: its shape, defaults else
    std::vector<float> parameters;                ///< flat, as Shape lays them out
    std::map<std::string, std::string> metadata;  ///< where it came from: data, data_sha256, engine, device, metrics
};

/// Writes a safetensors file whole or not at all. torch loads it unrenamed into nn.Sequential encoder and decoder. Adds
/// version, settings, time and checksum to the metadata. Throws OutputError.
void save_model(const std::filesystem::path& path, const Model& model);

/// Reads what save_model() wrote, or any safetensors file of an autoencoder with such names. Throws ModelError:
/// unreadable, damaged, another architecture than it says, a weight that is not a number, a tensor too many.
Model load_model(const std::filesystem::path& path);

}  // namespace ae
