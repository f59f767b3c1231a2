#include "command/train_arguments.h"

#include <fmt/format.h>

#include "ae/error.h"
#include "base/text.h"
#include "engine/fitting_shape.h"
#include "engine/names.h"
#include "model/settings_fields.h"
#include "train/run_folder.h"

namespace ae {

namespace {

/// The number that `text` begins with, and where it ends; throws UsageError where there is none.
std::uint64_t leading_number(const std::string& option, std::string_view& text) {
    if (const auto value = take_number<std::uint64_t>(text)) return *value;
    throw UsageError(fmt::format("{}: '{}' does not begin with a number", option, text));
}

void add_model_options(CommandLine& line, TrainArguments& a) {
    line.group("Model");
    line.add_option("--preset", a.preset, "spec, best, denoise or anomaly; options given beside it win")
        .not_from_file();
    line.add_option("--layers", a.layers, "Widths of the hidden layers, or of all from the input to the output");
    line.add_option("--activation", a.activation, "Activation of the hidden layers: relu, linear or tanh")
        .check(one_of(activation_names()));
    line.add_option("--code-activation", a.code_activation, "Activation of the code layer: relu, linear or tanh")
        .check(one_of(activation_names()));
    line.add_option("--noise", a.noise,
                    "Noise on the network's input: gaussian:S, gaussian:LO..HI, saltpepper:P, mask:P, block:SIDE");
    line.add_option("--loss", a.loss,
                    "bce, for values in [0, 1], or mse, for any numbers (default: bce where all values lie in [0, 1])")
        .check(one_of(loss_names()));
    line.add_option("--scale", a.scale,
                    "Bring each column of numbers to 0…1 (minmax) or to mean 0 and deviation 1 (standard), as the "
                    "training data have them; the model keeps it (default: standard for numbers outside [0, 1])")
        .check(one_of(scaling_names()));
    line.group("Training");
    line.add_option("--epochs", a.epochs, "Passes over the training images, in total").check(between(1, 1000000));
    line.add_option("--batch-size,--batch", a.settings.batch_size, "Images per step").check(at_least(1));
    line.add_option("--lr,--learning-rate", a.settings.adam.learning_rate, "Adam's learning rate").check(above(0));
    line.add_option("--schedule", a.schedule,
                    "Schedule of the learning rate: constant, or falling to 0 at the end, linear or cosine")
        .check(one_of(decay_names()));
    line.add_option("--beta1", a.settings.adam.beta1, "Adam's decay of the first moment").check(between(0, 0.999999));
    line.add_option("--beta2", a.settings.adam.beta2, "Adam's decay of the second moment").check(between(0, 0.999999));
    line.add_option("--eps", a.settings.adam.epsilon, "Adam's epsilon").check(above(0));
    line.add_option("--seed", a.settings.seed, "Seed of the initial weights and the order of the images");
    line.add_option("--shards", a.settings.shards,
                    "Parts of each batch whose gradients are added in a fixed order, on a CPU: the same bits for any "
                    "number of MPI ranks up to this; 0: as many as there are ranks")
        .check(between(0, kMostShards));
}

void add_data_options(CommandLine& line, TrainArguments& a) {
    a.data.add_to(line);
    line.group("Data");
    line.add_option("--labels,--digits", a.selection.digits,
                    "Only images of these labels: 7, 0-4, 1,3,5-9 or names of folders or of a table's labels (default: "
                    "all)");
    line.add_option("--exclude", a.selection.exclude, "No images of these labels");
    line.add_option("--val", a.selection.val,
                    "Validate on the test images, or split:0.1: on a tenth of the training images, held out by the "
                    "seed (split:0.1:7: by the seed 7); the test images are then used only for one final evaluation "
                    "(data without test images: split:0.1)");
}

void add_run_options(CommandLine& line, TrainArguments& a) {
    line.group("Run");
    line.add_option("--out", a.out, "Run folder (default: runs/<time>)");
    line.add_option("--resume", a.resume, "Continue the run in this folder (default: that of --out, or the latest run)")
        .may_be_empty("FOLDER");
    line.add_option("--models", a.models,
                    "Train this number of models, with seeds --seed, --seed + 1, …: an ensemble, for anomaly fit, in "
                    "one folder, as ae_cuda sweep trains them")
        .check(between(1, 10000))
        .not_from_file();
    line.add_flag("--force", a.force, "Replace the run that --out holds");
    line.add_option("--checkpoint-every", a.checkpoint_every,
                    "2e: every 2 epochs, 500s: 500 steps (default: an epoch, at most every 10 seconds)");
    line.add_option("--early-stop", a.early_stop,
                    "Stop after this number of epochs without a better val_loss and keep the best model; 0: never")
        .check(between(0, 1000000));
    line.add_option("--keep", a.keep,
                    "The model that the run leaves: that of its best epoch, or of its last (default: last; best with "
                    "--early-stop)")
        .check(one_of({"best", "last"}));
    line.add_option("--init", a.init,
                    "Begin with the weights of this model, ours or imported; layers and activations are then its own");
    line.add_option("--profile-steps", a.profile_steps, "A:B: profile steps A to B-1 under nsys or ncu");
}

}  // namespace

void TrainArguments::add_to(CommandLine& line) {
    add_data_options(line, *this);
    add_model_options(line, *this);
    engine.add_to(line);
    add_run_options(line, *this);
    line.add_option("--progress", progress, "auto, always or never").check(one_of({"auto", "always", "never"}));
    line.add_flag("-q,--quiet", quiet, "Only errors on stderr");
    line.add_configuration_file("--config",
                                "Read options from a file: one `name = value` a line, or a run's config.json");
}

Settings asked_settings(const TrainArguments& a) {
    Settings s = a.settings;
    check_layers(a.layers);
    s.activation = parse_activation(a.activation);
    s.code_activation = parse_activation(a.code_activation);
    s.adam.decay = parse_decay(a.schedule);
    s.noise = Noise::parse(a.noise);
    if (!a.loss.empty()) s.loss = parse_loss(a.loss);
    if (!a.scale.empty()) s.scaling = parse_scaling(a.scale);
    return s;
}

Settings override_settings(const Settings& saved, const TrainArguments& a, const CommandLine& line) {
    Settings s = saved;
    Settings asked = asked_settings(a);
    asked.shape = fitting_shape(a.layers, saved.shape.pixels());
    for_each_setting([&](const SettingName& name, auto get) {
        if (*name.option != '\0' && line.given(name.option)) get(s) = get(asked);
    });
    return s;
}

std::string resumed_folder(const TrainArguments& a) {
    if (!a.resume->empty()) return *a.resume;
    if (!a.out.empty()) return a.out;
    const std::filesystem::path latest = latest_run();
    if (latest.empty()) throw UsageError("--resume: no folder in runs/ holds a checkpoint; name the run's folder");
    return latest.string();
}

std::optional<std::uint64_t> parse_checkpoint_every(const std::string& text, std::uint64_t steps_per_epoch) {
    if (text.empty()) return std::nullopt;
    std::string_view rest = text;
    const std::uint64_t count = leading_number("--checkpoint-every", rest);
    if (count == 0 || count > 1'000'000'000 || (rest != "" && rest != "e" && rest != "s"))
        throw UsageError(fmt::format("--checkpoint-every: '{}' is neither epochs (2e) nor steps (500s)", text));
    return rest == "s" ? count : count * steps_per_epoch;
}

StepRange parse_steps(const std::string& text) {
    if (text.empty()) return {};
    std::string_view rest = text;
    StepRange range;
    range.first = leading_number("--profile-steps", rest);
    if (rest.empty() || rest.front() != ':') throw UsageError(fmt::format("--profile-steps: '{}' is not A:B", text));
    rest.remove_prefix(1);
    range.last = leading_number("--profile-steps", rest);
    if (!rest.empty() || range.last <= range.first)
        throw UsageError(fmt::format("--profile-steps: '{}' is not A:B with A < B", text));
    return range;
}

}  // namespace ae
