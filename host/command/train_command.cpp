// ae_cuda train: from options to a run folder with model, checkpoint, metrics and picture.
#include <fmt/format.h>

#include <optional>

#include "ae/error.h"
#include "ae/version.h"
#include "base/launcher.h"
#include "base/stopwatch.h"
#include "base/terminal.h"
#include "command/chunks.h"
#include "command/commands.h"
#include "command/ensemble_arguments.h"
#include "command/outputs.h"
#include "command/presets.h"
#include "command/ranks.h"
#include "command/train_init.h"
#include "command/train_run.h"
#include "command/train_setup.h"
#include "command/train_terms.h"
#include "command/train_units.h"
#include "data/image_reading.h"
#include "engine/fitting_shape.h"
#include "engine/startup.h"
#include "model/provenance.h"
#include "train/busy_line.h"

namespace ae {

namespace {

/// The folder of a new run: the one that --out names, or one named by the time.
RunFolder new_folder(const TrainArguments& arguments) {
    if (arguments.out.empty()) return RunFolder::named_by_time();
    return RunFolder(arguments.out, arguments.force ? EarlierRun::replace : EarlierRun::refuse);
}

/// A learning rate that falls reaches 0 at the end of the run, which a resumed run cannot move.
void set_decay_steps(TrainArguments& arguments, const Dataset& data, const Settings* resumed) {
    Settings& settings = arguments.settings;
    if (settings.adam.decay == Decay::constant) return;
    const Order order = Order::of(settings, data.train);
    settings.adam.decay_steps = decay_steps(settings, data, arguments.epochs);
    if (resumed && resumed->adam.decay_steps != settings.adam.decay_steps)
        throw ModelError(fmt::format(
            "the learning rate of this run falls to 0 in {} epochs; resume it with --epochs {}",
            resumed->adam.decay_steps / order.steps_per_epoch(), resumed->adam.decay_steps / order.steps_per_epoch()));
}

/// The run's files must not be those that it is made from.
void check_not_read(const TrainArguments& arguments, const CommandLine& line) {
    ReadFiles read;
    read.source(arguments.data.options.source);
    if (line.given("--config")) read.file(line.configuration_file());
    for (const std::filesystem::path& file : files_of_run(arguments.out)) read.refuse(file);
}

/// The scale of the numbers: that of a run or a model that was trained before, otherwise from the training images.
Scale scale_of(const Settings& settings, const Dataset& data, const Checkpoint* checkpoint, const Model* first) {
    return checkpoint ? checkpoint->scale : first ? first->scale : Scale::fit(settings.scaling, data.train);
}

/// Those of a new run, whose network and batch follow the images.
void fit_settings(TrainArguments& arguments, const Dataset& data, const CommandLine& line) {
    Settings& settings = arguments.settings;
    const int pixels = data.train.pixels_per_image();
    const bool is_given = line.given("--layers");  // otherwise they are those of a preset, which are hidden ones
    if (arguments.init.empty())
        settings.shape = is_given ? fitting_shape(arguments.layers, pixels) : shape_around(arguments.layers, pixels);
    settings.batch_size = fitting_batch(line, settings.batch_size, data.train.count);
    if (is_given && !arguments.quiet && names_hidden_layers(arguments.layers, settings.shape))
        say("         --layers {} are the hidden layers of {}", arguments.layers, settings.shape.text());
}

/// How several ranks, or one that has their bits, share a batch.
void say_ranks(const TrainArguments& a) {
    if (a.quiet) return;
    if (a.engine.group) say("ranks    {}", text_of(*a.engine.group, a.engine.threads));
    if (a.settings.shards > 1)
        say("shards   {} a batch, added in a fixed order: the same bits on up to {} ranks", a.settings.shards,
            a.settings.shards);
}

/// Makes the options those of this rank.
void take_place(TrainArguments& a, Group& group) {
    if (group.size() == 1) return;
    a.engine.group = &group;
    if (group.rank() > 0) a.quiet = true;
    const auto [threads, advice] = share_processors(group, a.engine.threads);
    if (a.engine.threads == 0) a.engine.threads = threads;
    if (!advice.empty() && !a.quiet) say("         {}", advice);
}

int run_training(TrainArguments& arguments, const CommandLine& line) {
    Group* const group = arguments.engine.group;
    std::optional<RunFolder> folder;  // rank 0's alone
    std::optional<Checkpoint> checkpoint;
    std::filesystem::path resumed;
    if (arguments.resume) {
        resumed = resumed_folder(arguments);
        if (arguments.engine.rank() == 0) folder.emplace(resumed, EarlierRun::continue_);
        checkpoint = load_checkpoint(resumed / "checkpoint.safetensors");
        take_over(arguments, *checkpoint, line, resumed);
    }
    std::optional<Model> first;
    if (!arguments.init.empty()) first = first_model(arguments, line);
    if (!arguments.quiet) say("ae_cuda  {}", version_text());
    if (const std::string why = why_apart(); !why.empty() && !arguments.quiet) say("         {}", why);
    std::future<void> gpu;  // of several ranks each first takes its own
    if (!group) gpu = begin_gpu(arguments.engine.engine);
    read_numbers_where_scaled(arguments);
    Dataset all = load_in_turn(group, [&] { return arguments.data.load(shown_progress(arguments), arguments.quiet); });
    if (!checkpoint) choose_units(arguments, all, first.has_value());
    choose_validation(arguments, all, line.given("--val"));
    SelectedData selected = select(std::move(all), arguments.selection, arguments.settings.seed);
    if (checkpoint) check_same_data(*checkpoint, selected, resumed);
    selected.bring_to(
        scale_of(arguments.settings, selected.data, checkpoint ? &*checkpoint : nullptr, first ? &*first : nullptr));
    const Dataset& data = selected.data;
    if (!checkpoint) fit_settings(arguments, data, line);
    if (first) say_changes(*first, arguments, data);
    set_decay_steps(arguments, data, checkpoint ? &checkpoint->settings : nullptr);
    const Checkpoint* const from = checkpoint ? &*checkpoint : nullptr;
    if (group) require_agreement(*group, facts_of(arguments, selected, from), arguments.settings.shards);
    std::optional<BusyLine> preparing(std::in_place, shown_progress(arguments), "preparing", silence());
    const Stopwatch watch;
    auto engine = make_engine(arguments.engine.engine, arguments.settings, arguments.engine.options(), data);
    const double engine_seconds = watch.seconds();
    if (!arguments.out.empty()) check_not_read(arguments, line);
    if (first) start_from(*first, *engine);
    if (arguments.engine.rank() > 0) return train_along(arguments, data, *engine, from);
    if (!folder)
        folder.emplace(new_folder(arguments));  // after everything that can fail, so that no empty folder is left
    TrainRun run(arguments, *folder, selected, std::move(engine));
    preparing.reset();
    run.write_config();
    run.introduce();
    say_ranks(arguments);
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
    if (options.models > 1) return sweep_command(ensemble_arguments(arguments, line, options.models));
    options.command = shell_text(arguments);
    options.settings = asked_settings(options);
    options.data.read_as({});
    check_shape_for_named_set(options);
    parse_steps(options.profile_steps);
    parse_checkpoint_every(options.checkpoint_every, 1);
    check_selection(options);
    const std::unique_ptr<Group> group = join_group();
    return run_in_group(*group, [&] {
        take_place(options, *group);
        return run_training(options, line);
    });
}

}  // namespace ae
