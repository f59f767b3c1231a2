// A safetensors file as a document: models and checkpoints of ours as a card, others as a list of tensors.
#pragma once
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "file/safetensors.h"

namespace ae {

/// "kind", "summary", and what is known: layers, training, data, metrics, thresholds, versions, other metadata.
/// Throws ModelError where it is damaged.
nlohmann::ordered_json safetensors_card(const std::filesystem::path& path);

/// Name, dtype and shape of each.
nlohmann::ordered_json tensor_list(const std::map<std::string, Tensor>& tensors);

/// Texts as they are, JSON among them as JSON, numbers as numbers.
nlohmann::ordered_json metadata_list(const Metadata& metadata);

}  // namespace ae
