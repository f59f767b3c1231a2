// Gives the registers of a kernel, of which PTX has a new one for nearly every value, places that later ones take over:
// a warp's values then lie in the processor's cache, and a step runs several times as fast.
#pragma once
#include "instruction.h"

namespace ptx {

void allocate_registers(Kernel& kernel);

}  // namespace ptx
