// Instructions of a step's kernels as they were counted without a GPU, where that was done.
#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "ae/engine.h"
#include "engine/step_instructions.h"

namespace ae {

/// Warp instructions of a part of a step, all of whose parts are given; 0 where they are not known.
inline double counted_instructions(const std::string& engine, int batch_size, const std::vector<StepVerb>& parts,
                                   const StepVerb& part) {
    if (engine != "fused" || batch_size != 256) return 0;
    const auto known = std::ranges::find(kFusedInstructions, part.verb, &KernelInstructions::kernel);
    if (known == std::end(kFusedInstructions)) return 0;
    const bool on_tensor_cores = std::ranges::any_of(parts, [](const StepVerb& p) { return p.tensor_flops > 0; });
    return on_tensor_cores ? known->on_tensor_cores : known->without;
}

}  // namespace ae
