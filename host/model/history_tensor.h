// The history of a run in its checkpoint.
#pragma once
#include <string>

#include "ae/history.h"
#include "file/safetensors.h"

namespace ae {

/// F64 [epochs, 6], a row an epoch: its number, loss, val_loss, val_mse, seconds, images/s. In the header of the file a
/// million epochs would take more bytes than any reader of safetensors allows.
Tensor history_tensor(const History& history);

/// Throws ModelError where it is no such tensor or its epochs are not 1, 2, 3, …
History history_of(const Tensor& tensor, const std::string& name);

/// The history in the metadata of checkpoints of version 1, as JSON. Throws ModelError.
History history_of(const Metadata& metadata, const std::string& name);

}  // namespace ae
