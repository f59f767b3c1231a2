// The engine `cublaslt`: the step of ae/step.h on a GPU, in fewer and longer kernels.
#include "ae/error.h"
#include "cublas/lt_step.h"
#include "engine/gpu.h"
#include "engine/training_engine.h"
#include "engines/cuda_device.h"

namespace ae {

std::unique_ptr<Engine> make_cublaslt_engine(const Settings& settings, const EngineOptions& options,
                                             const Dataset& data) {
    if (const std::string why = why_no_gpu(); !why.empty()) throw GpuError("engine cublaslt: " + why);
    return std::make_unique<TrainingEngine<CudaDevice, CublasLtStep>>("cublaslt", settings, data, options);
}

}  // namespace ae
