// ae_cuda explain: a step as it runs on an engine, verb by verb, compared with the limits of the processor.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <numeric>

#include "base/stopwatch.h"
#include "base/terminal.h"
#include "command/commands.h"
#include "command/data_arguments.h"
#include "command/engine_arguments.h"
#include "command/print_document.h"
#include "engine/counted_instructions.h"
#include "engine/engine_list.h"
#include "engine/fitting_shape.h"
#include "engine/simd_level.h"

namespace ae {

namespace {

struct ExplainArguments {
    std::string layers = "128-64-128";
    int batch_size = 256;
    int steps = 50;
    bool json = false;
    DataArguments data;
    EngineArguments engine;
};

struct Explanation {
    std::string engine, device, layers;
    int batch_size = 0;
    Peaks peaks;
    std::vector<StepVerb> verbs;
    StepLaunches launches;
    double step_seconds = 0;  ///< as run() takes it, without a wait after each part
    std::string times;        ///< how those of the parts were taken

    double floor(const StepVerb& v) const { return floor_seconds(peaks, v); }
    double instructions(const StepVerb& v) const { return counted_instructions(engine, batch_size, verbs, v); }
    template <typename F>
    double sum(F of) const {
        return std::accumulate(verbs.begin(), verbs.end(), 0.0, [&](double s, const StepVerb& v) { return s + of(v); });
    }
};

/// Where factors are rounded, tensor cores do the products: TF32 at half the 16-bit rate.
void count_as_rounded(std::vector<StepVerb>& verbs, Precision math) {
    if (math == Precision::fp32) return;
    for (StepVerb& v : verbs) v.tensor_flops = math == Precision::tf32 ? 2 * v.flops : v.flops;
}

std::string how_timed(const std::string& engine, std::uint64_t steps) {
    const std::string medians = "; medians over " + std::to_string(steps) + " steps";
    return !find_engine(engine).is_on_gpu
               ? "by the host's clock, with the wait for a part's end" + medians
               : "by the device's clock, a share of 20 launches in a row, replayed as a graph" + medians;
}

Explanation measure(ExplainArguments& a, const CommandLine& line) {
    Settings settings;
    const Dataset data = a.data.load();
    settings.shape = fitting_shape(a.layers, data.train.pixels_per_image());
    settings.batch_size = a.batch_size = fitting_batch(line, a.batch_size, data.train.count);
    const auto engine = make_engine(a.engine.engine, settings, a.engine.options(), data);
    const auto full_steps = static_cast<std::uint64_t>(data.train.count / a.batch_size);
    const std::uint64_t steps = std::min(static_cast<std::uint64_t>(a.steps), full_steps);
    Explanation e{engine->name(), engine->device(), settings.shape.text(), a.batch_size, {}, {}, {}, 0, {}};
    e.times = how_timed(e.engine, steps);
    auto [verbs, launches] = engine->profile(steps);
    e.verbs = std::move(verbs);
    e.launches = launches;
    const EngineEntry& entry = find_engine(e.engine);
    if (entry.is_on_gpu) count_as_rounded(e.verbs, a.engine.options().math);
    engine->run(steps);  // a GPU records its steps on the way
    const Stopwatch watch;
    engine->run(steps);
    e.step_seconds = watch.seconds() / static_cast<double>(steps);
    e.peaks = entry.peaks(a.engine.threads);
    return e;
}

void print_table(const Explanation& e) {
    print("A step of {} on {} · {} · batch {}\n", e.engine, e.device, e.layers, e.batch_size);
    const std::string tensor_cores =
        e.peaks.tensor_flops > 0 ? fmt::format("{:.0f} in tensor cores, ", e.peaks.tensor_flops / 1e9) : "";
    if (!find_engine(e.engine).is_on_gpu) print("vectors  {}\n", text(simd_level()));
    print("peak     {:.0f} GFLOP/s, {}{:.0f} GB/s ({})\n", e.peaks.flops / 1e9, tensor_cores, e.peaks.bytes_per_s / 1e9,
          e.peaks.source);
    print("times    {}\n\n", e.times);
    print("{:<16} {:>14} {:>8} {:>8} {:>8} {:>10} {:>10} {:>7}\n", "part", "shape", "MFLOP", "MB", "k instr.",
          "floor µs", "took µs", "share");
    const auto row = [](const StepVerb& v, double instructions, double floor) {
        const std::string thousands = instructions > 0 ? fmt::format("{:.0f}", instructions / 1e3) : "";
        print("{:<16} {:>14} {:>8.2f} {:>8.3f} {:>8} {:>10.1f} {:>10.1f} {:>6.0f}%\n", v.verb, v.shape, v.flops / 1e6,
              v.bytes / 1e6, thousands, 1e6 * floor, 1e6 * v.seconds, v.seconds > 0 ? 100 * floor / v.seconds : 0);
    };
    for (const StepVerb& v : e.verbs) row(v, e.instructions(v), e.floor(v));
    row({.verb = "in all",
         .flops = e.sum([](const StepVerb& v) { return v.flops; }),
         .bytes = e.sum([](const StepVerb& v) { return v.bytes; }),
         .seconds = e.sum([](const StepVerb& v) { return v.seconds; })},
        e.sum([&](const StepVerb& v) { return e.instructions(v); }),
        e.sum([&](const StepVerb& v) { return e.floor(v); }));
    print("\nAs it trains, without a wait after each part, a step takes {:.1f} µs: {} images/s.\n",
          1e6 * e.step_seconds, count_text(e.batch_size / e.step_seconds));
    if (e.launches.kernels > 0)
        print("It launches {} kernels, of which {} wait for one another in the longest chain.\n", e.launches.kernels,
              e.launches.longest_chain);
    print("MB are a part's operands, each touched once; MFLOP those of the products, pixels that are 0 included.\n");
    if (e.instructions(e.verbs.front()) > 0)
        print(
            "k instr. are warp instructions of the PTX that nvcc made, counted without a GPU: "
            "tools/results/counts.json.\n");
}

void print_json(const Explanation& e) {
    nlohmann::ordered_json document = {{"engine", e.engine},
                                       {"device", e.device},
                                       {"simd", !find_engine(e.engine).is_on_gpu ? text(simd_level()) : ""},
                                       {"layers", e.layers},
                                       {"batch_size", e.batch_size},
                                       {"peak_flops", e.peaks.flops},
                                       {"peak_tensor_flops", e.peaks.tensor_flops},
                                       {"peak_bytes_per_s", e.peaks.bytes_per_s},
                                       {"peak_source", e.peaks.source},
                                       {"times", e.times},
                                       {"microseconds_per_step", 1e6 * e.step_seconds},
                                       {"kernels", e.launches.kernels},
                                       {"longest_chain", e.launches.longest_chain}};
    for (const StepVerb& v : e.verbs)
        document["verbs"].push_back({{"verb", v.verb},
                                     {"shape", v.shape},
                                     {"flops", v.flops},
                                     {"tensor_flops", v.tensor_flops},
                                     {"bytes", v.bytes},
                                     {"counted_instructions", e.instructions(v)},
                                     {"floor_microseconds", 1e6 * e.floor(v)},
                                     {"microseconds", 1e6 * v.seconds}});
    print_document(document);
}

}  // namespace

int explain_command(const Arguments& arguments) {
    ExplainArguments a;
    CommandLine line("explain",
                     "Times a step act by act, or verb by verb: shape, cost, lower bound on this device, time.",
                     "ae_cuda explain --engine cpu");
    line.add_option("--layers", a.layers, "Widths of the hidden layers, or of all");
    line.add_option("--batch-size", a.batch_size, "Images per step").check(at_least(1));
    line.add_option("--steps", a.steps, "Steps to time").check(between(1, 100000));
    line.add_flag("--json", a.json, "One JSON document");
    a.data.add_to(line);
    a.engine.add_to(line);
    if (!line.read(arguments)) return 0;
    const Explanation e = measure(a, line);
    a.json ? print_json(e) : print_table(e);
    return 0;
}

}  // namespace ae
