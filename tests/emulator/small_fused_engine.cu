// The engine `fused` made for a network so small that the emulator runs many steps of it in a second. Its sizes leave
// something over everywhere: 20 pixels to a block are no whole tile, 32 rows in two tiles, a code of half a tile's
// width.
#include "engine/training_engine.h"
#include "engines/cuda_device.h"
#include "fused/step.h"
#include "small_fused_engine.h"

namespace ae::test {

struct SmallNet : FusedNet<40, 32, 16, 32, 2, 8> {
    static constexpr bool kTensorCores = true;
    static constexpr std::size_t kMostShared = 99 << 10;
};

std::unique_ptr<Engine> make_small_fused_engine(const Settings& settings, const EngineOptions& options,
                                                const Dataset& data) {
    return std::make_unique<TrainingEngine<CudaDevice, FusedStep<SmallNet>>>("fused", settings, data, options);
}

}  // namespace ae::test
