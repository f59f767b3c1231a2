// The PTX that this build made of the kernels, for tests.
#pragma once
#include <string>
#include <vector>

#include "control.h"
#include "module.h"

namespace ptx {

/// Of an architecture, 80 for compute_80: read once.
const std::vector<Module>& compiled_for(int architecture);

/// The same for the text of one file of them, "fused_engine".
std::string compiled_text(const std::string& source, int architecture);

/// Lets the engine `fused` take the cut of the network that GPUs with tensor cores run, or the other.
inline void choose_cut(bool for_tensor_cores) {
    emulator::control() = {};
    emulator::control().capability = for_tensor_cores ? 8 : 7;
}

}  // namespace ptx
