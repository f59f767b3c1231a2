// Training speed, engine by engine: steps on real data, timed in repeats, each engine against the CPU reference.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "ae/error.h"
#include "command/commands.h"
#include "engine/startup.h"

namespace ae {

namespace {

struct BenchArguments {
    std::vector<std::string> engines;
    std::vector<int> batch_sizes = {256};
    int repeats = 7;
    double seconds = 0.5;
    std::string layers = "784-128-64-128-784";
    bool json = false, startup = false;
};

struct Measurement {
    std::string engine, device;
    int batch_size = 0;
    std::vector<double> microseconds;  // a step, one entry a repeat, sorted
    double speedup = 0;                // images/s over those of `cpu` at the same batch size

    double median() const { return microseconds[microseconds.size() / 2]; }
    double images_per_s() const { return batch_size / median() * 1e6; }
};

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
    Measurement result{engine.name(), engine.device(), batch_size, {}, 0};
    const std::uint64_t steps = steps_for(engine, arguments.seconds);
    for (int repeat = 0; repeat < arguments.repeats; ++repeat)
        result.microseconds.push_back(time_steps(engine, steps) / static_cast<double>(steps) * 1e6);
    std::sort(result.microseconds.begin(), result.microseconds.end());
    return result;
}

void compare_with_cpu(std::vector<Measurement>& results) {
    for (Measurement& result : results)
        for (const Measurement& reference : results)
            if (reference.engine == "cpu" && reference.batch_size == result.batch_size)
                result.speedup = result.images_per_s() / reference.images_per_s();
}

void print_json(const std::vector<Measurement>& results, const Shape& shape) {
    nlohmann::ordered_json document = {{"layers", shape.text()}, {"results", nlohmann::json::array()}};
    for (const Measurement& r : results)
        document["results"].push_back({{"engine", r.engine},
                                       {"device", r.device},
                                       {"batch_size", r.batch_size},
                                       {"images_per_s", r.images_per_s()},
                                       {"microseconds_per_step", r.median()},
                                       {"fastest", r.microseconds.front()},
                                       {"slowest", r.microseconds.back()},
                                       {"gflop_per_s", r.images_per_s() * shape.flops_per_image() / 1e9},
                                       {"times_cpu", r.speedup}});
    fmt::print("{}\n", document.dump(2));
}

void print_table(const std::vector<Measurement>& results, const Shape& shape) {
    fmt::print("{:<8} {:>6} {:>12} {:>10} {:>19} {:>9} {:>7}\n", "engine", "batch", "images/s", "µs/step",
               "(fastest–slowest)", "GFLOP/s", "× cpu");
    for (const Measurement& r : results)
        fmt::print("{:<8} {:>6} {:>12} {:>10.1f} {:>9.1f}–{:<9.1f} {:>9.0f} {:>7}\n", r.engine, r.batch_size,
                   count_text(r.images_per_s()), r.median(), r.microseconds.front(), r.microseconds.back(),
                   r.images_per_s() * shape.flops_per_image() / 1e9,
                   r.speedup > 0 ? fmt::format("{:.2f}", r.speedup) : "");
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
        if (!bench.json) fmt::print("{:<34} {:>7.0f} ms\n", stage.name, 1e3 * stage.seconds);
    }
    document["seconds"] = total;
    bench.json ? fmt::print("{}\n", document.dump(2)) : fmt::print("{:<34} {:>7.0f} ms\n", "in all", 1e3 * total);
    return 0;
}

}  // namespace

int bench_command(const Arguments& arguments) {
    BenchArguments bench;
    DataArguments data;
    EngineArguments engine;
    CommandLine line("bench", "Times training steps: median of repeats, every engine against the CPU reference.",
                     "ae_cuda bench --engines cpu,cublas --batch-size 64,256,1024 --json");
    line.add_option("--engines", bench.engines,
                    "cpu, cublas, cublaslt, fused (default: cpu, and cublas where there is a GPU)")
        .delimiter(',')
        .check(one_of({"cpu", "cublas", "cublaslt", "fused"}));
    line.add_option("--batch-size", bench.batch_sizes, "Images a step").delimiter(',').check(at_least(1));
    line.add_option("--repeats", bench.repeats, "Timed repeats").check(between(1, 1000));
    line.add_option("--seconds", bench.seconds, "Length of a repeat").check(above(0));
    line.add_option("--layers", bench.layers, "Widths from the input to the output");
    line.add_flag("--startup", bench.startup, "Where the time goes from the start of the process to the first step");
    line.add_flag("--json", bench.json, "One JSON document");
    data.add_to(line);
    engine.add_to(line);
    line.remove("--engine");
    if (!line.read(arguments)) return 0;
    if (bench.startup) return bench_startup(bench, data, engine);
    if (bench.engines.empty()) {
        bench.engines = {"cpu"};
        if (const std::string why = why_no_gpu(); why.empty())
            bench.engines.push_back("cublas");
        else
            fmt::print(stderr, "No GPU engine here: {}\n", why);
    }

    Settings settings;
    settings.shape = Shape::parse(bench.layers);
    const Dataset images = data.load();
    std::vector<Measurement> results;
    for (const int batch_size : bench.batch_sizes) {
        for (const std::string& name : bench.engines) {
            settings.batch_size = batch_size;
            fmt::print(stderr, "{} at batch size {} …\n", name, batch_size);
            results.push_back(measure(*make_engine(name, settings, engine.options(), images), batch_size, bench));
        }
    }
    compare_with_cpu(results);
    bench.json ? print_json(results, settings.shape) : print_table(results, settings.shape);
    return 0;
}

}  // namespace ae
