// Warp instructions of the kernels of a full step of the engine `fused`: 784-128-64-128-784, 256 images, ReLU. They are
// those of the PTX that nvcc 13.0 makes, counted while the interpreter in tests/ptx/ ran it.
//
// Made by tools/bench/count --into tools/results/counts.json, together with that file.
#pragma once

namespace ae {

struct KernelInstructions {
    const char* kernel;      ///< as StepVerb::verb names it
    double on_tensor_cores;  ///< compiled for compute_80
    double without;          ///< compiled for compute_75
};

inline constexpr KernelInstructions kFusedInstructions[] = {
    {"dW1-3 adam F1", 2138144, 26132032},
    {"F2 F3", 555242, 563946},
    {"F4 bce dX4", 2268727, 28959815},
    {"dX3 dX2 dW4 adam", 2120412, 15744729},
};

}  // namespace ae
