// The names that other programs' wrappers put around those of an autoencoder's tensors.
#pragma once
#include <string>

#include "file/safetensors.h"

namespace ae {

/// Takes `module.` (DataParallel) and `_orig_mod.` (torch.compile) out of the names, wherever they occur, and a prefix
/// that all of them share from their beginning. Returns what was taken out: "module., net."; empty for nothing. A file
/// in which two names would become one stays as it is.
std::string strip_foreign_names(TensorFile& file);

}  // namespace ae
