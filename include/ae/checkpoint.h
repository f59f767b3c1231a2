// The state of a training run, enough to continue it bit-identically, and its file.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "ae/engine.h"
#include "ae/history.h"

namespace ae {

struct Checkpoint {
    Settings settings;
    State state;
    History history;                              ///< epochs that have ended
    std::map<std::string, std::string> metadata;  ///< its origin: data, data_sha256, engine, device
    Scale scale = {};                             ///< of the numbers that it is trained on
};

/// Writes a safetensors file atomically: the weights under their names in a model, Adam's moments as adam.m.*
/// and adam.v.*, the losses of the current epoch, the step, the history; the rest and a checksum over all in the
/// metadata. Throws OutputError.
void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

/// Throws ModelError: unreadable, damaged by as little as a bit, not a checkpoint, of a later version, or with a step
/// and a history that no training leaves.
Checkpoint load_checkpoint(const std::filesystem::path& path);

/// The settings in which a checkpoint differs from those asked for: "learning rate: 0.001 in the checkpoint, 0.002
/// asked for". Empty if there is no difference.
std::vector<std::string> differences(const Settings& checkpoint, const Settings& asked);

}  // namespace ae
