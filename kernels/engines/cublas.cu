// The engine `cublas`: the step of ae/step.h on a GPU, a kernel or a product a verb.
#include "ae/error.h"
#include "cublas/ranks_step.h"
#include "cublas/step.h"
#include "engine/gpu.h"
#include "engine/training_engine.h"
#include "engines/cuda_device.h"

namespace ae {

std::unique_ptr<Engine> make_cublas_engine(const Settings& settings, const EngineOptions& options,
                                           const Dataset& data) {
    if (const std::string why = why_no_gpu(); !why.empty()) throw GpuError("engine cublas: " + why);
    if (options.group != nullptr && options.group->size() > 1)
        return std::make_unique<TrainingEngine<CudaDevice, RanksStep>>("cublas", settings, data, options);
    return std::make_unique<TrainingEngine<CudaDevice, VerbStep<CudaVerbs>>>("cublas", settings, data, options);
}

std::unique_ptr<Network> make_gpu_network(const Settings& settings, std::span<const float> parameters,
                                          const EngineOptions& options) {
    if (const std::string why = why_no_gpu(); !why.empty()) throw GpuError("engine cublas: " + why);
    return make_device_network<CudaDevice, VerbStep<CudaVerbs>>("cublas", settings, parameters, options);
}

}  // namespace ae
