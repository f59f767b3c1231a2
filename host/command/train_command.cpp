// ae_cuda train: from options to a run folder with model, checkpoint, metrics and picture.
#include <fmt/format.h>

#include <optional>

#include "ae/error.h"
#include "ae/version.h"
#include "base/stopwatch.h"
#include "base/terminal.h"
#include "command/commands.h"
#include "command/outputs.h"
#include "command/presets.h"
#include "command/train_init.h"
#include "command/train_run.h"
#include "command/train_setup.h"
#include "command/train_terms.h"
#include "command/train_units.h"
#include "data/image_reading.h"
#include "engine/fitting_shape.h"
#include "engine/startup.h"
#include "model/provenance.h"

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

int run_training(TrainArguments& arguments, const CommandLine& line) {
    std::optional<RunFolder> folder;
    std::optional<Checkpoint> checkpoint;
    if (arguments.resume) {
        folder.emplace(resumed_folder(arguments), EarlierRun::continue_);
        checkpoint = load_checkpoint(folder->checkpoint());
        take_over(arguments, *checkpoint, line, folder->path());
    }
    std::optional<Model> first;
    if (!arguments.init.empty()) first = first_model(arguments, line);
    if (!arguments.quiet) say("ae_cuda  {}", version_text());
    const std::future<void> gpu = begin_gpu(arguments.engine.engine);
    read_numbers_where_scaled(arguments);
    Dataset all = arguments.data.load(shown_progress(arguments), arguments.quiet);
    if (!checkpoint) choose_units(arguments, all, first.has_value());
    choose_validation(arguments, all, line.given("--val"));
    SelectedData selected = select(std::move(all), arguments.selection, arguments.settings.seed);
    if (checkpoint) check_same_data(*checkpoint, selected, folder->path());
    selected.bring_to(
        scale_of(arguments.settings, selected.data, checkpoint ? &*checkpoint : nullptr, first ? &*first : nullptr));
    const Dataset& data = selected.data;
    if (!checkpoint) fit_settings(arguments, data, line);
    if (first) say_changes(*first, arguments, data);
    set_decay_steps(arguments, data, checkpoint ? &checkpoint->settings : nullptr);
    const Stopwatch watch;
    auto engine = make_engine(arguments.engine.engine, arguments.settings, arguments.engine.options(), data);
    const double engine_seconds = watch.seconds();
    if (!arguments.out.empty()) check_not_read(arguments, line);
    if (first) start_from(*first, *engine);
    if (!folder)
        folder.emplace(new_folder(arguments));  // after everything that can fail, so that no empty folder is left
    TrainRun run(arguments, *folder, selected, std::move(engine));
    run.write_config();
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
    options.command = shell_text(arguments);
    options.settings = asked_settings(options);
    options.data.read_as({});
    check_shape_for_named_set(options);
    parse_steps(options.profile_steps);
    parse_checkpoint_every(options.checkpoint_every, 1);
    check_selection(options);
    return run_training(options, line);
}

}  // namespace ae
