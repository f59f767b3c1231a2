// Which engines there are, and which one `auto` means.
#include <fmt/format.h>

#include <algorithm>

#include "ae/error.h"
#include "engine/cpu_tiled_step.h"
#include "engine/engine_choice.h"
#include "engine/gpu.h"

namespace ae {

namespace {

std::unique_ptr<Engine> make_cpu_engine(const Settings& settings, const EngineOptions& options, const Dataset& data) {
    if (options.truth) return std::make_unique<BackendEngine<CpuBackend<double>>>("truth", settings, data, options);
    if (options.math != Math::fp32)  // whole products, with their factors rounded
        return std::make_unique<BackendEngine<CpuBackend<float>>>("cpu", settings, data, options);
    return std::make_unique<BackendEngine<CpuLayerBackend>>("cpu", settings, data, options);
}

void check_sizes(const Settings& settings, const Dataset& data) {
    if (data.train.count == 0) return;  // an engine that only applies a network
    const int pixels = data.train.pixels_per_image();
    if (pixels != settings.shape.pixels())
        throw UsageError(fmt::format(
            "layers: the network takes {} pixels, the images of {} have {}; begin and end --layers with that number",
            settings.shape.pixels(), data.name, pixels));
    const int smaller_side = std::min(data.train.height, data.train.width);
    if (settings.noise.kind == NoiseKind::block && settings.noise.low > static_cast<float>(smaller_side))
        throw UsageError(fmt::format("noise: {} is larger than the images, {} × {}", settings.noise.text(),
                                     data.train.height, data.train.width));
    if (settings.batch_size < 1 || settings.batch_size > data.train.count)
        throw UsageError(fmt::format("batch size: {} is not in 1…{}, the number of training images",
                                     settings.batch_size, data.train.count));
}

}  // namespace

std::unique_ptr<Engine> make_engine(const std::string& name, const Settings& settings, const EngineOptions& options,
                                    const Dataset& data) {
    check_sizes(settings, data);
    if (name == "cpu") return make_cpu_engine(settings, options, data);
    if (name == "cublas") return make_cublas_engine(settings, options, data);
    if (name == "cublaslt") return make_cublaslt_engine(settings, options, data);
    if (name == "fused") return make_fused_engine(settings, options, data);
    if (name != "auto")
        throw UsageError(fmt::format("engine: '{}' is not one of auto, cpu, cublas, cublaslt, fused", name));
    const bool has_gpu = why_no_gpu().empty();
    return make_engine(has_gpu ? fastest_engine(settings, options).value_or("cublas") : "cpu", settings, options, data);
}

}  // namespace ae
