// The engine `fused`: a step in four kernels, for the network that ships.
#include "ae/error.h"
#include "engine/gpu.h"
#include "engine/training_engine.h"
#include "engines/cuda_device.h"
#include "fused/step.h"

namespace ae {

namespace {

template <class Net>
constexpr bool kIsAsDeclared =
    kFusedWidths == std::array{Net::kPixels, Net::kHidden, Net::kCode, Net::kHidden, Net::kPixels} &&
    kFusedRows == Net::kRows;
static_assert(kIsAsDeclared<MnistNet> && kIsAsDeclared<SmallBlocksNet>);

/// Whether the code that was loaded is that of a GPU with tensor cores' m16n8k16 and 99 KB of shared memory a block,
/// which came with 8.0: in older code the kernels of MnistNet are empty.
bool has_tensor_code() {
    return code_version(fused_last_kernel<MnistNet>) >= 80;
}

template <class Net>
std::unique_ptr<Engine> make(const Settings& settings, const EngineOptions& options, const Dataset& data) {
    return std::make_unique<TrainingEngine<CudaDevice, FusedStep<Net>>>("fused", settings, data, options);
}

}  // namespace

std::unique_ptr<Engine> make_fused_engine(const Settings& settings, const EngineOptions& options, const Dataset& data) {
    if (const std::string why = why_not_fused(settings, options); !why.empty())
        throw UsageError("engine fused: " + why + "; use --engine cublas");
    if (data.train.are_numbers())
        throw UsageError(
            "engine fused: its kernels gather bytes, and these data are other numbers; use --engine cublas");
    if (const std::string why = why_no_gpu(); !why.empty()) throw GpuError("engine fused: " + why);
    return has_tensor_code() ? make<MnistNet>(settings, options, data) : make<SmallBlocksNet>(settings, options, data);
}

}  // namespace ae
