// ae_cuda train: from options to a run folder with model, checkpoint, metrics and picture.
#include <fmt/format.h>

#include <optional>

#include "ae/error.h"
#include "ae/version.h"
#include "base/json_text.h"
#include "base/stopwatch.h"
#include "base/terminal.h"
#include "command/commands.h"
#include "command/presets.h"
#include "command/train_run.h"
#include "engine/startup.h"
#include "model/provenance.h"

namespace ae {

namespace {

/// The folder of a new run: the one that --out names, or one named by the time.
RunFolder new_folder(const TrainArguments& arguments) {
    if (arguments.out.empty()) return RunFolder::named_by_time();
    return RunFolder(arguments.out, arguments.force ? EarlierRun::replace : EarlierRun::refuse);
}

/// Throws ModelError if the run was asked to continue with other settings.
void check_same(const Checkpoint& checkpoint, const TrainArguments& asked, const RunFolder& folder) {
    std::vector<std::string> different = differences(checkpoint.settings, asked.settings);
    const DataSelection was = DataSelection::of(checkpoint.metadata), is = asked.selection;
    const auto compare = [&](const char* option, const std::string& a, const std::string& b) {
        if (a != b) different.push_back(fmt::format("{}: '{}' in the checkpoint, '{}' asked for", option, a, b));
    };
    compare("--digits", was.digits, is.digits);
    compare("--exclude", was.exclude, is.exclude);
    compare("--val", was.val, is.val);
    if (different.empty()) return;
    throw ModelError(fmt::format("{}: cannot continue with other settings: {}; leave them out, or start a new run",
                                 folder.checkpoint().string(), fmt::join(different, "; ")));
}

/// An entry of the checkpoint's metadata. Throws ModelError if it is missing.
std::string fact_of(const Checkpoint& checkpoint, const std::string& key, const RunFolder& folder) {
    const auto at = checkpoint.metadata.find(key);
    if (at != checkpoint.metadata.end()) return at->second;
    throw ModelError(fmt::format("{}: does not say its '{}'; it is not a checkpoint that train can continue",
                                 folder.checkpoint().string(), key));
}

void check_same_data(const Checkpoint& checkpoint, const Dataset& data, const RunFolder& folder) {
    const std::string saved = fact_of(checkpoint, "data_sha256", folder), was = fact_of(checkpoint, "data", folder);
    if (saved == data.sha256) return;
    throw ModelError(fmt::format("{}: was trained on other images ({}, SHA-256 {}…) than those of {} ({}…)",
                                 folder.checkpoint().string(), was, saved.substr(0, 12), data.name,
                                 data.sha256.substr(0, 12)));
}

/// Options that a resumed run was started with, unless this command line gives others.
void take_over(TrainArguments& arguments, const Checkpoint& checkpoint, const CommandLine& line) {
    const auto take = [&](const char* option, const char* key, std::string& value) {
        const auto at = checkpoint.metadata.find(key);
        if (!line.given(option) && at != checkpoint.metadata.end()) value = at->second;
    };
    take("--data", "data_source", arguments.data.options.source);
    take("--engine", "engine", arguments.engine.engine);
    take("--math", "math", arguments.engine.math);
    const DataSelection saved = DataSelection::of(checkpoint.metadata);
    if (!line.given("--digits")) arguments.selection.digits = saved.digits;
    if (!line.given("--exclude")) arguments.selection.exclude = saved.exclude;
    if (!line.given("--val")) arguments.selection.val = saved.val;
    arguments.settings = override_settings(checkpoint.settings, arguments, line);
}

void write_config(const RunFolder& folder, const TrainArguments& arguments) {
    const nlohmann::ordered_json config = {{"version", kVersion},
                                           {"commit", kCommit},
                                           {"preset", arguments.preset},
                                           {"epochs", arguments.epochs},
                                           {"data", arguments.data.options.source},
                                           {"digits", arguments.selection.digits},
                                           {"exclude", arguments.selection.exclude},
                                           {"val", arguments.selection.val},
                                           {"engine", arguments.engine.engine},
                                           {"math", arguments.engine.math},
                                           {"checkpoint_every", arguments.checkpoint_every},
                                           {"early_stop", arguments.early_stop},
                                           {"settings", settings_json(arguments.settings)}};
    write_file(folder.config(), json_text(config, 2) + "\n");
}

/// Locks the run's folder and takes over its options.
Checkpoint reopen(const RunFolder& folder, TrainArguments& arguments, const CommandLine& line) {
    Checkpoint checkpoint = load_checkpoint(folder.checkpoint());
    take_over(arguments, checkpoint, line);
    check_same(checkpoint, arguments, folder);
    return checkpoint;
}

/// A learning rate that falls reaches 0 at the end of the run, which a resumed run cannot move.
void set_decay_steps(TrainArguments& arguments, const Dataset& data, const Settings* resumed) {
    Settings& settings = arguments.settings;
    if (settings.adam.decay == Decay::constant) return;
    const Order order = Order::of(settings, data.train);
    settings.adam.decay_steps = static_cast<std::uint64_t>(arguments.epochs) * order.steps_per_epoch();
    if (resumed && resumed->adam.decay_steps != settings.adam.decay_steps)
        throw ModelError(fmt::format(
            "the learning rate of this run falls to 0 in {} epochs; resume it with --epochs {}",
            resumed->adam.decay_steps / order.steps_per_epoch(), resumed->adam.decay_steps / order.steps_per_epoch()));
}

int run_training(TrainArguments& arguments, const CommandLine& line) {
    std::optional<RunFolder> folder;
    std::optional<Checkpoint> checkpoint;
    if (arguments.resume) {
        folder.emplace(resumed_folder(arguments), EarlierRun::continue_);
        checkpoint = reopen(*folder, arguments, line);
    }
    if (!arguments.quiet) say("ae_cuda  {}", version_text());
    const std::future<void> gpu = begin_gpu(arguments.engine.engine);
    Dataset all = arguments.data.load(shown_progress(arguments), arguments.quiet);
    if (checkpoint) check_same_data(*checkpoint, all, *folder);
    const SelectedData selected = select(std::move(all), arguments.selection, arguments.settings.seed);
    const Dataset& data = selected.data;
    if (!checkpoint)
        arguments.settings.batch_size = fitting_batch(line, arguments.settings.batch_size, data.train.count);
    set_decay_steps(arguments, data, checkpoint ? &checkpoint->settings : nullptr);
    const Stopwatch watch;
    auto engine = make_engine(arguments.engine.engine, arguments.settings, arguments.engine.options(), data);
    const double engine_seconds = watch.seconds();
    if (!folder)
        folder.emplace(new_folder(arguments));  // after everything that can fail, so that no empty folder is left
    TrainRun run(arguments, *folder, selected, std::move(engine));
    write_config(*folder, arguments);
    run.introduce();
    run.log_start(engine_seconds);
    if (checkpoint) run.resume(*checkpoint);
    return run.run();
}

}  // namespace

int train_command(const Arguments& arguments) {
    TrainArguments options;
    CommandLine line("train", "Trains the autoencoder and leaves a run folder: model, checkpoint, metrics, picture.",
                     "ae_cuda --epochs 10 --out runs/first        (the same as ae_cuda train …)\n"
                     "  ae_cuda --resume runs/first --epochs 20");
    apply_preset(options, arguments);
    options.add_to(line);
    if (!line.read(arguments)) return 0;
    options.settings = asked_settings(options);
    parse_steps(options.profile_steps);
    parse_checkpoint_every(options.checkpoint_every, 1);
    check(options.selection);
    return run_training(options, line);
}

}  // namespace ae
