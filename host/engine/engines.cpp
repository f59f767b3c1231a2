#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <new>

#include "ae/error.h"
#include "ae/model.h"
#include "base/cpu_info.h"
#include "data/noisy_images.h"
#include "engine/cpu_tiled_step.h"
#include "engine/engine_choice.h"
#include "engine/engine_list.h"
#include "engine/gpu.h"
#include "engine/sharded_step.h"
#include "engine/training_engine.h"

namespace ae {

namespace {

std::string nothing_against(const Settings&, const EngineOptions&) {
    return "";
}

template <typename T, typename S>
std::unique_ptr<Engine> make_on_cpu(const std::string& name, const Settings& settings, const EngineOptions& options,
                                    const Dataset& data) {
    if (is_sharded(settings, options))
        return std::make_unique<TrainingEngine<CpuDevice<T>, ShardedStep<S>>>(name, settings, data, options);
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
    check_noise(settings.noise, data.train.height, data.train.width, data.train.channels);
    if (settings.batch_size < 1 || settings.batch_size > data.train.count)
        throw UsageError(fmt::format("batch size: {} is not in 1…{}, the number of training images",
                                     settings.batch_size, data.train.count));
}

/// The memory of training in bytes, about: parameters, gradients and two moments; outputs and their gradients, row by
/// row.
struct Need {
    double parameters, batch;
};

Need need_of(const Settings& settings) {
    double widths = 0;
    for (const int width : settings.shape.widths()) widths += width;
    return {16.0 * static_cast<double>(settings.shape.parameters()), 8.0 * widths * settings.batch_size};
}

/// Names what is too large, and what helps.
[[noreturn]] void refuse_memory(const Settings& settings) {
    const Need need = need_of(settings);
    throw MemoryError(
        fmt::format("out of memory: a network {} needs {:.1f} GB for its {} parameters and {:.1f} GB for batches of "
                    "{}; a smaller {} needs less",
                    settings.shape.text(), need.parameters / 1e9, settings.shape.parameters(), need.batch / 1e9,
                    settings.batch_size, need.parameters > need.batch ? "network" : "--batch-size"));
}

/// Where memory is given before it is there, whoever takes too much is killed later, without a word.
void check_memory(const Settings& settings) {
    const Need need = need_of(settings);
    if (need.parameters + need.batch > static_cast<double>(memory_of_machine())) refuse_memory(settings);
}

bool are_several(const EngineOptions& options) {
    return options.group != nullptr && options.group->size() > 1;
}

/// Whether this process has a GPU; of several ranks, whether each has one of its own.
bool has_gpu(const EngineOptions& options) {
    return (are_several(options) ? why_not_a_gpu_each(*options.group) : why_no_gpu()).empty();
}

/// Why an engine cannot share batches out as it is asked to, in one line; empty where it can.
std::string why_not_shared(const EngineEntry& engine, const Settings& settings, const EngineOptions& options) {
    if (!engine.is_on_gpu || !is_sharded(settings, options)) return "";
    if (settings.shards > 0) return "only the CPU adds --shards in a fixed order; take --engine cpu";
    if (engine.name != "cublas") return "only cublas trains by several ranks on GPUs; take --engine cublas";
    return "";
}

/// The engine that `auto` takes on a GPU; `fused` gathers bytes alone.
std::string fastest_for(const Settings& settings, const EngineOptions& options, const Dataset& data) {
    const std::string name = fastest_engine(settings, options).value_or("cublas");
    return name == "fused" && data.train.are_numbers() ? "cublas" : name;
}

/// The engine that `auto` takes.
std::string automatic_engine(const Settings& settings, const EngineOptions& options, const Dataset& data) {
    if (!has_gpu(options)) return "cpu";
    return are_several(options) ? "cublas" : fastest_for(settings, options, data);
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

void require_a_gpu_each(const EngineEntry& engine, const EngineOptions& options) {
    if (!engine.is_on_gpu || !are_several(options)) return;
    if (const std::string why = why_not_a_gpu_each(*options.group); !why.empty())
        throw GpuError(fmt::format("engine {}: {}", engine.name, why));
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
    const EngineEntry& engine = find_engine(name == "auto" ? automatic_engine(settings, options, data) : name);
    check_memory(settings);
    if (const std::string why = why_not_shared(engine, settings, options); !why.empty())
        throw UsageError(fmt::format("engine {}: {}", engine.name, why));
    if (name != "auto") require_a_gpu_each(engine, options);
    try {
        return engine.make(settings, options, data);
    } catch (const std::bad_alloc&) {
        refuse_memory(settings);
    }
}

std::unique_ptr<Network> make_network(const std::string& name, const Model& model, const EngineOptions& options) {
    const EngineEntry& engine = find_engine(name != "auto" ? name : has_gpu(options) ? "cublas" : "cpu");
    if (name != "auto") require_a_gpu_each(engine, options);
    EngineOptions own = options;
    own.group = nullptr;  // a network is its rank's own
    try {
        return engine.make_network(model.settings, model.parameters, own);
    } catch (const std::bad_alloc&) {
        refuse_memory(model.settings);
    }
}

}  // namespace ae
