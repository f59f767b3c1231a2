#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "ae/error.h"
#include "ae/model.h"
#include "engine/cpu_tiled_step.h"
#include "engine/engine_choice.h"
#include "engine/engine_list.h"
#include "engine/gpu.h"
#include "engine/training_engine.h"

namespace ae {

namespace {

std::string nothing_against(const Settings&, const EngineOptions&) {
    return "";
}

template <typename T, typename S>
std::unique_ptr<Engine> make_on_cpu(const std::string& name, const Settings& settings, const EngineOptions& options,
                                    const Dataset& data) {
    return std::make_unique<TrainingEngine<CpuDevice<T>, S>>(name, settings, data, options);
}

std::unique_ptr<Engine> make_cpu(const Settings& settings, const EngineOptions& options, const Dataset& data) {
    if (options.math != Precision::fp32)  // whole products, with their factors rounded
        return make_on_cpu<float, VerbStep<CpuVerbs<float>>>("cpu", settings, options, data);
    return make_on_cpu<float, CpuTiledStep>("cpu", settings, options, data);
}

std::unique_ptr<Engine> make_truth(const Settings& settings, const EngineOptions& options, const Dataset& data) {
    return make_on_cpu<double, VerbStep<CpuVerbs<double>>>("truth", settings, options, data);
}

std::unique_ptr<Network> make_cpu_network(const Settings& settings, std::span<const float> parameters,
                                          const EngineOptions& options) {
    return make_device_network<CpuDevice<float>, CpuTiledStep>("cpu", settings, parameters, options);
}

std::unique_ptr<Network> make_truth_network(const Settings& settings, std::span<const float> parameters,
                                            const EngineOptions& options) {
    return make_device_network<CpuDevice<double>, VerbStep<CpuVerbs<double>>>("truth", settings, parameters, options);
}

const std::array kEngines{
    EngineEntry{"cpu", false, true, nothing_against, make_cpu, make_cpu_network, cpu_peaks},
    EngineEntry{"cublas", true, true, nothing_against, make_cublas_engine, make_gpu_network, gpu_peaks},
    EngineEntry{"cublaslt", true, true, nothing_against, make_cublaslt_engine, make_gpu_network, gpu_peaks},
    EngineEntry{"fused", true, true, why_not_fused, make_fused_engine, make_gpu_network, gpu_peaks},
    EngineEntry{"truth", false, false, nothing_against, make_truth, make_truth_network, cpu_peaks},
};

void check_sizes(const Settings& settings, const Dataset& data) {
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

bool has_gpu() {
    return why_no_gpu().empty();
}

}  // namespace

std::span<const EngineEntry> engine_list() {
    return kEngines;
}

const EngineEntry& find_engine(const std::string& name) {
    const auto at = std::find_if(kEngines.begin(), kEngines.end(), [&](const auto& e) { return e.name == name; });
    if (at == kEngines.end())
        throw UsageError(fmt::format("engine: '{}' is not one of auto, {}", name, fmt::join(engine_names(), ", ")));
    return *at;
}

std::vector<std::string> engine_names() {
    std::vector<std::string> names;
    for (const EngineEntry& engine : kEngines)
        if (engine.is_for_people) names.push_back(engine.name);
    return names;
}

std::unique_ptr<Engine> make_engine(const std::string& name, const Settings& settings, const EngineOptions& options,
                                    const Dataset& data) {
    check_sizes(settings, data);
    if (name != "auto") return find_engine(name).make(settings, options, data);
    const std::string chosen = has_gpu() ? fastest_engine(settings, options).value_or("cublas") : "cpu";
    return find_engine(chosen).make(settings, options, data);
}

std::unique_ptr<Network> make_network(const std::string& name, const Model& model, const EngineOptions& options) {
    const std::string chosen = name != "auto" ? name : has_gpu() ? "cublas" : "cpu";
    return find_engine(chosen).make_network(model.settings, model.parameters, options);
}

}  // namespace ae
