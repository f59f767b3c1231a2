// ae_cuda sweep: models of many settings and seeds, trained in one process, and their ranking.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>

#include "ae/error.h"
#include "base/cpu_info.h"
#include "base/launcher.h"
#include "base/stopwatch.h"
#include "base/terminal.h"
#include "command/commands.h"
#include "command/presets.h"
#include "command/ranks.h"
#include "command/sweep_plan.h"
#include "command/sweep_run.h"
#include "command/train_run.h"
#include "command/train_setup.h"
#include "command/train_units.h"
#include "engine/engine_list.h"
#include "engine/gpu.h"
#include "engine/startup.h"
#include "show/document_text.h"
#include "show/sweep_page.h"
#include "show/sweep_table.h"
#include "train/signals.h"

namespace ae {

namespace {

/// The options that do not change what is trained, and may be given beside --resume.
constexpr std::array kFreeOptions{"--resume",   "--out",    "--threads",    "--quiet",
                                  "--progress", "--mirror", "--no-download"};

/// None if help was asked for.
std::optional<SweepArguments> read_options(const Arguments& arguments) {
    SweepArguments a;
    CommandLine line("sweep",
                     "Trains a model of every combination of settings, with several seeds, and ranks the settings. On "
                     "a CPU --threads models are trained at a time, each as ae_cuda train --threads 1 would train it.",
                     "ae_cuda sweep --lr log:1e-4..1e-2:8 --code 16,64 --seeds 5 --out sweeps/first\n"
                     "  ae_cuda sweep --resume sweeps/first\n"
                     "  mpirun -n 2 --bind-to none ae_cuda sweep …   (into one folder that all see)");
    apply_preset(a.train, arguments);
    a.add_to(line);
    if (!line.read(arguments)) return std::nullopt;
    Arguments words{"sweep"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    a.train.command = shell_text(words);
    a.given = line.given_options();
    return a;
}

/// The options with which the sweep began; those of the present command line are for this process alone.
SweepArguments begun_options(const SweepArguments& now, const SavedSweep& saved) {
    for (const std::string& option : now.given)
        if (std::ranges::find(kFreeOptions, option) == kFreeOptions.end())
            throw UsageError(fmt::format(
                "{}: a sweep continues with the options it began with; leave it out, or start a new sweep", option));
    std::optional<SweepArguments> a = read_options(saved.arguments());
    if (!a) throw ModelError("sweep.json: the options in it only ask for help");
    a->train.resume = now.resumed_folder();
    if (now.is_given("--threads")) a->train.engine.threads = now.train.engine.threads;
    if (now.is_given("--progress")) a->train.progress = now.train.progress;
    if (now.is_given("--quiet")) a->train.quiet = now.train.quiet;
    if (now.is_given("--mirror")) a->train.data.options.mirror = now.train.data.options.mirror;
    if (now.is_given("--no-download")) a->train.data.no_download = now.train.data.no_download;
    return *std::move(a);
}

/// The engine that is asked for, or that `auto` is where there is no GPU.
std::string engine_name(const SweepArguments& a) {
    return trains_on_cpu(a.train.engine.engine) ? "cpu" : a.train.engine.engine;
}

/// The loss and the scale have to fit the data with any of the noises.
void choose_units_for_all(SweepArguments& a, const Dataset& data) {
    for (const SweepAxis& axis : a.axes())
        if (axis.option == "--noise")
            for (const std::string& text : axis.values)
                if (const Noise noise = Noise::parse(text); noise.kind != NoiseKind::none)
                    a.train.settings.noise = noise;
    choose_units(a.train, data, false);
}

SweepData load_data(SweepArguments& a, Group& group) {
    read_numbers_where_scaled(a.train);
    Dataset all = load_in_turn(group.size() > 1 ? &group : nullptr,
                               [&] { return a.train.data.load(shown_progress(a.train), a.train.quiet); });
    choose_units_for_all(a, all);
    choose_validation(a.train, all, a.is_given("--val"));
    std::string& val = a.train.selection.val;
    if (const auto part = a.train.selection.held_out(); a.same_split && part && !part->seed)
        val += fmt::format(":{}", a.train.settings.seed);
    return {std::move(all), a.train, trains_on_cpu(a.train.engine.engine)};
}

SweepOrigin origin_of(const SweepArguments& a, const Arguments& arguments, const SelectedData& images) {
    return {arguments,
            images.data.sha256,
            images.rest_sha256,
            {{"command", a.train.command},
             {"data", images.data.name},
             {"val", a.train.selection.val},
             {"engine", engine_name(a)},
             {"math", a.train.engine.math},
             {"processor", cpu_model()}}};
}

/// "1 seed", "5 seeds"
std::string counted(std::size_t count, const char* word) {
    return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

void introduce(const SweepArguments& a, const Sweep& sweep, int models_at_once, const Group& group) {
    if (a.train.quiet) return;
    std::string options;
    for (const std::string& option : sweep.options) options += (options.empty() ? "" : ", ") + option.substr(2);
    say("sweep    {}{} × {} = {} · {}", counted(sweep.settings.size(), "setting"),
        options.empty() ? "" : fmt::format(" ({})", options), counted(sweep.seeds.size(), "seed"),
        counted(sweep.models.size(), "model"), counted(static_cast<std::size_t>(sweep.epochs), "epoch"));
    if (const std::vector<int> rungs = rungs_of(sweep); rungs.size() > 1)
        say("halving  the best 1/{} of the settings train on after epochs {}", sweep.halving,
            fmt::format("{}", fmt::join(rungs.begin(), rungs.end() - 1, ", ")));
    if (a.train.engine.engine == "auto" && !why_no_gpu().empty()) say("No GPU: {}; training on the CPU.", why_no_gpu());
    say("engine   {} · {} · {}", engine_name(a), a.train.engine.math,
        models_at_once > 1 ? fmt::format("{} models at a time, a thread each", models_at_once)
        : a.together == "no" || !why_never_together(a).empty()
            ? "one model after the other"
            : "models of one shape side by side" + std::string(a.together == "yes" ? "" : " where that is faster"));
    if (group.size() > 1) say("ranks    {}, which share the models out", text_of(group, models_at_once));
    if (const std::string why = why_apart(); !why.empty()) say("         {}", why);
    if (a.train.resume) say("resumed  {} of {} models have ended", ended(sweep), sweep.models.size());
}

void write_page(const Sweep& sweep, const SweepOrigin& origin, const SweepFolder& folder) {
    std::vector<std::pair<std::string, std::string>> facts;
    for (const auto& [name, value] : origin.facts.items()) facts.emplace_back(name, value.get<std::string>());
    write_file(folder.page(), sweep_page(sweep, facts));
}

std::size_t count(const Sweep& sweep, SweptEnd end) {
    return static_cast<std::size_t>(std::ranges::count(sweep.models, end, &SweptModel::end));
}

void tell_end(const SweepArguments& a, const Sweep& sweep, const SweepFolder& folder, double seconds) {
    if (a.train.quiet) return;
    const auto loss = [](const SweptModel& m) { return m.end == SweptEnd::done ? m.val_loss() : HUGE_VAL; };
    const auto best = std::ranges::min_element(sweep.models, {}, loss);
    if (best->end == SweptEnd::done)
        say("done     {} · best val_loss {:.4f}: {}", duration_text(seconds), best->val_loss(),
            sweep.name_of(static_cast<std::size_t>(best - sweep.models.begin())));
    say("wrote    {}: sweep.html sweep.csv sweep.json{}", folder.path().string(),
        best->folder.empty() ? "" : fmt::format("; the best model is in {}", best->folder));
    if (a.same_split && a.train.selection.held_out())
        say("next     its models are an ensemble: ae_cuda anomaly fit {} -o guard.safetensors", folder.path().string());
}

/// The models that this rank trains at a time, each on a thread of the CPU.
int models_at_once(const SweepArguments& a, bool is_on_cpu, std::size_t models, const RankProcessors& processors) {
    const int threads = a.train.engine.threads > 0 ? a.train.engine.threads : processors.threads;
    return is_on_cpu ? std::min(threads, static_cast<int>(models)) : 1;
}

int end_sweep(const SweepArguments& a, const Sweep& sweep, const SweepFolder& folder, double seconds) {
    tell_end(a, sweep, folder, seconds);
    if (count(sweep, SweptEnd::done) == 0)
        throw DivergedError(fmt::format("all {} models diverged; lower --lr", count(sweep, SweptEnd::diverged)));
    return 0;
}

int stop_sweep(const SweepArguments& a, const Sweep& sweep, const SweepFolder& folder, int signal) {
    if (!a.train.quiet)
        say("stopped  {} of {} models are done. Continue with: ae_cuda sweep --resume {}", count(sweep, SweptEnd::done),
            sweep.models.size(), folder.path().string());
    return 128 + signal;
}

/// Gives each of several ranks a GPU of its own, or trains on the CPU where that may be chosen.
void take_gpus(SweepArguments& a, Group& group) {
    std::string& engine = a.train.engine.engine;
    if (group.size() == 1) return;
    if (engine != "auto") return require_a_gpu_each(find_engine(engine), {.group = &group});
    const std::string why = why_not_a_gpu_each(group);
    if (why.empty()) return;
    if (a.together == "yes") throw GpuError(fmt::format("engine {}: {}", engine, why));
    engine = "cpu";
    if (!a.train.quiet) say("         {}; training on the CPU", why);
}

int run_sweep(SweepArguments& a, const Arguments& arguments, const SavedSweep* saved, Group& group) {
    const Stopwatch watch;
    SweepRanks ranks(group);
    if (!ranks.is_first()) a.train.quiet = true;
    const RankProcessors processors = share_processors(group, a.train.engine.threads);
    if (!processors.advice.empty() && !a.train.quiet) say("         {}", processors.advice);
    take_gpus(a, group);
    std::future<void> gpu;  // of several ranks each has taken its own
    if (group.size() == 1) gpu = begin_gpu(a.train.engine.engine);
    SweepData data = load_data(a, group);
    std::shared_ptr<const SeedImages> images = data.of(a.train.settings.seed);
    Sweep sweep = plan_sweep(a, images->selected.data);
    const SweepOrigin origin = origin_of(a, saved ? saved->arguments() : arguments, images->selected);
    ranks.require_agreement(a, sweep, origin);
    if (saved) saved->restore(sweep, origin);
    SweepFolder folder =
        ranks.folder([&] { return saved ? SweepFolder::resume(*a.train.resume) : SweepFolder::begin(a.train.out); });
    const int at_once = models_at_once(a, images->on_cpu != nullptr, sweep.models.size(), processors);
    images.reset();  // of which the sweep holds those that it needs
    introduce(a, sweep, at_once, group);
    const SignalGuard signals;
    SweepRun run({a, data, sweep, origin, folder}, ranks);
    const bool is_complete = run.run(at_once);
    if (ranks.is_first()) {
        write_page(sweep, origin, folder);
        print_text(aligned(sweep_table(sweep)));
    }
    return is_complete ? end_sweep(a, sweep, folder, watch.seconds()) : stop_sweep(a, sweep, folder, run.signal());
}

}  // namespace

int sweep_command(const Arguments& arguments) {
    std::optional<SweepArguments> a = read_options(arguments);
    if (!a) return 0;
    std::optional<SavedSweep> saved;
    if (a->train.resume) {
        const std::filesystem::path folder = a->resumed_folder();
        saved.emplace(SweepFolder::file_of(folder));
        *a = begun_options(*a, *saved);
    }
    a->train.settings = asked_settings(a->train);
    a->train.data.read_as({});
    check_selection(a->train);
    check(*a);
    check_shape_for_named_set(a->train);
    const std::unique_ptr<Group> group = join_group();
    return run_in_group(*group, [&] { return run_sweep(*a, arguments, saved ? &*saved : nullptr, *group); });
}

}  // namespace ae
