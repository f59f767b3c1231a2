// The metadata in the files of models and checkpoints.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "ae/engine.h"
#include "file/safetensors.h"

namespace ae {

/// {"layers": "784-…", "batch_size": 256, "learning_rate": 0.001, …}; numbers are read back bit-identical.
nlohmann::ordered_json settings_json(const Settings& settings);

/// Adds format, version, shape, settings and, unless it is there, the time of creation.
void describe(Metadata& metadata, const Settings& settings);

/// The settings in the metadata. Throws ModelError where they are missing or senseless.
Settings described_settings(const Metadata& metadata, const std::string& name);

/// JSON in a metadata text. Throws ModelError where it is missing or not JSON.
nlohmann::json metadata_json(const Metadata& metadata, const std::string& key, const std::string& name);

/// Adds the checksum of everything else.
void seal(TensorFile& file);

/// Throws ModelError where the checksum is missing or another.
void check_seal(const TensorFile& file, const std::string& name);

}  // namespace ae
