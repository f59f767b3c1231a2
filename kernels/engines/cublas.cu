// The engine `cublas`: the step of ae/step.h on a GPU.
#include "ae/error.h"
#include "engine/gpu.h"
#include "engines/cuda_device.h"

namespace ae {

static_assert(EngineBackend<CudaBackend>);

std::unique_ptr<Engine> make_cublas_engine(const Settings& settings, const EngineOptions& options,
                                           const Dataset& data) {
    if (const std::string why = why_no_gpu(); !why.empty()) throw GpuError("engine cublas: " + why);
    return std::make_unique<BackendEngine<CudaBackend>>("cublas", settings, data, options);
}

}  // namespace ae
