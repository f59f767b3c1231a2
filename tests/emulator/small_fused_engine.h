// An engine `fused` for 40-32-16-32-40 in batches of up to 32 images of 5 × 8 pixels.
#pragma once
#include <memory>

#include "ae/engine.h"

namespace ae::test {

std::unique_ptr<Engine> make_small_fused_engine(const Settings& settings, const EngineOptions& options,
                                                const Dataset& data);

}  // namespace ae::test
