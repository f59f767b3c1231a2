// The PTX that this build made of the kernels, for tests.
#pragma once
#include <string>
#include <vector>

#include "control.h"
#include "module.h"

namespace ptx {

/// The modules for an architecture, 80 for compute_80; each is read once.
const std::vector<Module>& compiled_for(int architecture);

/// The same for the text of one file of them, "fused".
std::string compiled_text(const std::string& source, int architecture);

/// The machine as the engine `fused` sees it: a Hopper whose driver runs code that was compiled for `architecture`.
inline void load_code_for(int architecture) {
    emulator::control() = {};
    emulator::control().capability = 9;
    emulator::control().ptx_version = architecture;
}

}  // namespace ptx
