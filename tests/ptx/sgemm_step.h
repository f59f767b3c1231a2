// The gradient of a step in fp32 as libraries compute it: what the engine `fused` is held against. ReLU throughout.
#pragma once
#include <vector>

#include "ae/engine.h"

namespace ptx {

/// d(mean loss)/d(parameters) for a batch of images [rows × pixels] in [0, 1]. Sums are of fused multiply-adds; where
/// they run over pixels they are cut into `parts` of consecutive terms, over rows into two, as cuBLAS cuts long ones.
std::vector<float> sgemm_gradient(const ae::Shape& shape, const std::vector<float>& parameters,
                                  const std::vector<float>& images, int parts);

}  // namespace ptx
