// Training speed, engine by engine: steps on real data, timed in repeats, each engine against the CPU reference.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "ae/error.h"
#include "base/terminal.h"
#include "command/commands.h"
#include "command/data_arguments.h"
#include "command/engine_arguments.h"
#include "command/print_document.h"
#include "engine/engine_choice.h"
#include "engine/engine_list.h"
#include "engine/fitting_shape.h"
#include "engine/startup.h"

namespace ae {

namespace {

struct BenchArguments {
    std::vector<std::string> engines;
    std::vector<int> batch_sizes = {256};
    int repeats = 7;
    double seconds = 0.5;
    std::string layers = "128-64-128";
    bool json = false, startup = false;
};

struct Measurement {
    EngineTiming timing;
    std::string device;
    std::vector<double> repeats;  // µs a step, sorted
    double speedup = 0;           // images/s over those of the CPU engine at the same batch size
    bool agrees = true;           // its loss with that of the first engine measured at this batch size

    double images_per_s() const { return timing.batch_size / timing.microseconds * 1e6; }
};

/// Every engine trains this number of steps from the same start before it is timed; its loss must then agree with the
/// others'.
constexpr std::uint64_t kCheckSteps = 16;

double time_steps(Engine& engine, std::uint64_t steps) {
    const auto start = std::chrono::steady_clock::now();
    engine.run(steps);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Steps that take about `seconds`, found by doubling: the warm-up as well.
std::uint64_t steps_for(Engine& engine, double seconds) {
    std::uint64_t steps = 4;
    while (time_steps(engine, steps) < seconds / 2) steps *= 2;
    return steps;
}

Measurement measure(Engine& engine, int batch_size, const BenchArguments& arguments) {
    Measurement result;
    result.device = engine.device();
    engine.run(kCheckSteps);
    const double loss = engine.epoch_loss();
    const std::uint64_t steps = steps_for(engine, arguments.seconds);
    for (int repeat = 0; repeat < arguments.repeats; ++repeat)
        result.repeats.push_back(time_steps(engine, steps) / static_cast<double>(steps) * 1e6);
    std::sort(result.repeats.begin(), result.repeats.end());
    result.timing = {engine.name(), batch_size, loss, result.repeats[result.repeats.size() / 2]};
    return result;
}

void compare_with_cpu(std::vector<Measurement>& results) {
    for (Measurement& result : results)
        for (const Measurement& reference : results)
            if (reference.timing.engine == "cpu" && reference.timing.batch_size == result.timing.batch_size)
                result.speedup = result.images_per_s() / reference.images_per_s();
}

std::vector<EngineTiming> timings_of(const std::vector<Measurement>& results) {
    std::vector<EngineTiming> timings;
    for (const Measurement& result : results) timings.push_back(result.timing);
    return timings;
}

/// Marks engines whose loss disagrees, with a warning on stderr.
void compare_losses(std::vector<Measurement>& results, Precision math) {
    const std::vector<EngineTiming> timings = timings_of(results);
    for (Measurement& result : results) {
        const EngineTiming& reference = reference_of(timings, result.timing);
        result.agrees = losses_agree(result.timing.loss, reference.loss, math);
        if (!result.agrees)
            say("engine {}: its loss after {} steps is {:.6f}, that of {} is {:.6f}: do not trust it here; "
                "auto will not take it; please report this",
                result.timing.engine, kCheckSteps, result.timing.loss, reference.engine, reference.loss);
    }
}

/// Tells `auto` which engine to take from now on: the fastest GPU engine at each batch size.
void keep_fastest(const std::vector<Measurement>& results, Settings settings, const EngineOptions& options) {
    for (const auto& [batch_size, engine] : fastest_agreeing(timings_of(results), options.math)) {
        settings.batch_size = batch_size;
        keep_fastest_engine(settings, options, engine);
        say("from now on, auto takes {} for {} in batches of {} on this GPU", engine, settings.shape.text(),
            batch_size);
    }
}

void print_json(const std::vector<Measurement>& results, const Shape& shape) {
    nlohmann::ordered_json document = {{"layers", shape.text()}, {"results", nlohmann::json::array()}};
    for (const Measurement& r : results)
        document["results"].push_back({{"engine", r.timing.engine},
                                       {"device", r.device},
                                       {"batch_size", r.timing.batch_size},
                                       {"images_per_s", r.images_per_s()},
                                       {"microseconds_per_step", r.timing.microseconds},
                                       {"fastest", r.repeats.front()},
                                       {"slowest", r.repeats.back()},
                                       {"gflop_per_s", r.images_per_s() * shape.flops_per_image() / 1e9},
                                       {"times_cpu", r.speedup},
                                       {"loss", r.timing.loss},
                                       {"agrees", r.agrees}});
    print_document(document);
}

void print_table(const std::vector<Measurement>& results, const Shape& shape) {
    print("{:<8} {:>6} {:>12} {:>10} {:>19} {:>9} {:>7}\n", "engine", "batch", "images/s", "µs/step",
          "(fastest–slowest)", "GFLOP/s", "× cpu");
    for (const Measurement& r : results)
        print("{:<8} {:>6} {:>12} {:>10.1f} {:>9.1f}–{:<9.1f} {:>9.0f} {:>7}\n", r.timing.engine, r.timing.batch_size,
              count_text(r.images_per_s()), r.timing.microseconds, r.repeats.front(), r.repeats.back(),
              r.images_per_s() * shape.flops_per_image() / 1e9, r.speedup > 0 ? fmt::format("{:.2f}", r.speedup) : "");
}

int bench_startup(const BenchArguments& bench, const DataArguments& data, const EngineArguments& engine) {
    const std::string name = bench.engines.empty() ? "auto" : bench.engines.front();
    const std::vector<StartupStage> stages =
        time_startup(name, engine.options(), [&] { return data.load(ProgressMode::never, true); });
    double total = 0;
    nlohmann::ordered_json document;
    for (const StartupStage& stage : stages) {
        total += stage.seconds;
        document["stages"].push_back({{"stage", stage.name}, {"seconds", stage.seconds}});
        if (!bench.json) print("{:<34} {:>7.0f} ms\n", stage.name, 1e3 * stage.seconds);
    }
    document["seconds"] = total;
    bench.json ? print_document(document) : print("{:<34} {:>7.0f} ms\n", "in all", 1e3 * total);
    return 0;
}

/// The engines asked for; by default all that can run here.
std::vector<std::string> engines_to_time(const BenchArguments& bench, const Settings& settings,
                                         const EngineOptions& options) {
    if (!bench.engines.empty()) return bench.engines;
    std::vector<std::string> engines{engine_names().front()};
    if (const std::string why = why_no_gpu(); !why.empty()) {
        say("No GPU engine can run here: {}", why);
        return engines;
    }
    for (const std::string& name : gpu_engines_for(settings, options)) engines.push_back(name);
    return engines;
}

/// The measurements of a network of this shape.
struct Measurements {
    Shape shape;
    std::vector<Measurement> results;
};

Measurements measure_all(const BenchArguments& bench, const DataArguments& data, const EngineArguments& engine,
                         const CommandLine& line) {
    const EngineOptions options = engine.options();
    const Dataset images = data.load();
    Settings settings;
    settings.shape = fitting_shape(bench.layers, images.train.pixels_per_image());
    std::vector<Measurement> results;
    for (const int asked : bench.batch_sizes) {
        const int batch_size = settings.batch_size = fitting_batch(line, asked, images.train.count);
        for (const std::string& name : engines_to_time(bench, settings, options)) {
            say("{} at batch size {} …", name, batch_size);
            try {
                results.push_back(measure(*make_engine(name, settings, options, images), batch_size, bench));
            } catch (const GpuError& error) {
                if (!bench.engines.empty()) throw;  // it was asked for
                say("engine {} is left out: {}", name, error.what());
            }
        }
    }
    compare_with_cpu(results);
    compare_losses(results, options.math);
    if (bench.engines.empty() && options.graph)  // all were timed, as they train, and held against the CPU
        keep_fastest(results, settings, options);
    return {settings.shape, results};
}

}  // namespace

int bench_command(const Arguments& arguments) {
    BenchArguments bench;
    DataArguments data;
    EngineArguments engine;
    CommandLine line(
        "bench",
        "Times training steps: median of repeats, every engine against the CPU reference. On a machine with a GPU, "
        "--engine auto takes the fastest from then on.",
        "ae_cuda bench --engines cpu,cublas --batch-size 64,256,1024 --json");
    line.add_option("--engines", bench.engines,
                    fmt::format("A list from {} (default: all that can run here)", fmt::join(engine_names(), ", ")))
        .delimiter(',')
        .check(one_of(engine_names()));
    line.add_option("--batch-size", bench.batch_sizes, "Images per step").delimiter(',').check(at_least(1));
    line.add_option("--repeats", bench.repeats, "Timed repeats").check(between(1, 1000));
    line.add_option("--seconds", bench.seconds, "Length of a repeat").check(above(0));
    line.add_option("--layers", bench.layers, "Widths of the hidden layers, or of all");
    line.add_flag("--startup", bench.startup, "Time the stages from the start of the process to the first step");
    line.add_flag("--json", bench.json, "One JSON document");
    data.add_to(line);
    engine.add_to(line);
    line.remove("--engine");
    if (!line.read(arguments)) return 0;
    if (bench.startup) return bench_startup(bench, data, engine);
    check_layers(bench.layers);
    const auto [shape, results] = measure_all(bench, data, engine, line);
    bench.json ? print_json(results, shape) : print_table(results, shape);
    return 0;
}

}  // namespace ae
