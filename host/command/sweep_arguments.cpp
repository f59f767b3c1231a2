#include "command/sweep_arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <sstream>

#include "ae/error.h"
#include "base/text.h"
#include "engine/fitting_shape.h"
#include "file/paths.h"

namespace ae {

namespace {

constexpr const char *kLayers = "--layers", *kCodes = "--code", *kRate = "--lr", *kBatch = "--batch-size",
                     *kNoise = "--noise";

void add_swept_options(CommandLine& line, SweepArguments& a) {
    for (const char* option : {kLayers, kRate, kBatch, kNoise}) line.remove(option);
    line.group("Sweep, over every combination of");
    line.add_option("--lr,--learning-rate", a.lr,
                    "Learning rates: 1e-3,3e-3; log:1e-4..1e-2:8 in equal ratios; lin:LO..HI:N")
        .delimiter(',')
        .repeatable();
    line.add_option(kCodes, a.code, "Widths of the code layer, in place of that in --layers: 8,16,32,64 or a range")
        .delimiter(',')
        .repeatable();
    line.add_option("--batch-size,--batch", a.batch_size, "Images per step: 64,256 or a range")
        .delimiter(',')
        .repeatable();
    line.add_option(kNoise, a.noise, "Noise on the input: none,gaussian:0.3,mask:0.5").delimiter(',').repeatable();
    line.add_option(kLayers, a.layers, "Networks, with a blank or ; between them: \"128-64-128 256-64-256\"")
        .delimiter(';')
        .repeatable();
    line.add_option("--seeds", a.seeds, "Models of each setting: seeds --seed, --seed + 1, …").check(between(1, 10000));
    line.add_flag("--same-split", a.same_split,
                  "With --val split:F, all seeds hold out the images that --seed draws: members of an ensemble, for "
                  "anomaly fit");
    line.group("Sweep");
    line.add_option("--random", a.random, "Settings drawn by --seed instead of all: values of lists, any of a range")
        .check(between(1, 100000));
    line.add_option("--halving", a.halving, "E: after 1, E, E² … epochs only the best 1/E of the settings train on")
        .check(between(2, 1000));
}

void add_run_options(CommandLine& line, SweepArguments& a) {
    for (const char* option :
         {"--out", "--resume", "--force", "--checkpoint-every", "--keep", "--init", "--profile-steps", "--models"})
        line.remove(option);
    line.group("Run");
    line.add_option("--out", a.train.out, "Folder of the sweep (default: sweeps/<time>)").not_from_file();
    line.add_option("--resume", a.train.resume,
                    "Continue the sweep in this folder (default: that of --out) with the options it began with")
        .may_be_empty("FOLDER")
        .not_from_file();
    line.add_option("--keep", a.keep, "Models whose run folders are kept, by their val_loss: best, all or a number");
    line.add_option(
        "--together", a.together,
        "Whether a GPU trains models of one shape side by side: yes, no, or auto, where a few steps of each "
        "way show that it is faster");
    line.group("");
}

/// Words with blanks between them, of all items.
std::vector<std::string> words_of(const std::vector<std::string>& items) {
    std::vector<std::string> words;
    for (const std::string& item : items) {
        std::istringstream text(item);
        for (std::string word; text >> word;) words.push_back(word);
    }
    return words;
}

/// The network with another width of its code layer.
Shape with_code(const Shape& shape, int width) {
    std::vector<int> widths = shape.widths();
    widths[static_cast<std::size_t>(shape.encoder_layers())] = width;
    const Shape changed(widths);
    if (changed.encoder_layers() != shape.encoder_layers())
        throw UsageError(fmt::format("--code {}: the code has to stay the narrowest layer; the network would be {}",
                                     width, changed.text()));
    return changed;
}

void set_value(TrainArguments& a, const std::string& option, const std::string& value, int pixels) {
    if (option == kLayers) a.settings.shape = fitting_shape(value, pixels);
    if (option == kCodes) a.settings.shape = with_code(a.settings.shape, static_cast<int>(number_of(value)));
    if (option == kRate) a.settings.adam.learning_rate = number_of(value);
    if (option == kBatch) a.settings.batch_size = static_cast<int>(number_of(value));
    if (option == kNoise) a.settings.noise = Noise::parse(value);
}

}  // namespace

void SweepArguments::add_to(CommandLine& line) {
    train.add_to(line);
    add_swept_options(line, *this);
    add_run_options(line, *this);
}

bool SweepArguments::is_given(const std::string& option) const {
    return std::ranges::find(given, option) != given.end();
}

std::string SweepArguments::resumed_folder() const {
    const std::string &named = *train.resume, &out = train.out;
    if (named.empty() && out.empty()) throw UsageError("--resume: does not say which sweep; name its folder");
    if (!named.empty() && !out.empty() && !is_same_file(named, out))
        throw UsageError(fmt::format("--out {}: a sweep continues in its own folder, {}; leave --out out", out, named));
    return named.empty() ? out : named;
}

std::string why_never_together(const SweepArguments& a) {
    const std::string& engine = a.train.engine.engine;
    if (engine != "auto" && engine != "cublas")
        return fmt::format("the engine {} trains one model at a time; cublas can train several", engine);
    if (const std::string why = why_no_gpu(); !why.empty()) return "a GPU is needed: " + why;
    if (a.train.keeps_best())
        return "with --early-stop each model has an end of its own, and models are trained one after the other";
    return "";
}

std::vector<SweepAxis> SweepArguments::axes() const {
    std::vector<SweepAxis> axes{
        word_axis(kLayers, words_of(layers)), number_axis(kCodes, words_of(code), SweepNumbers::whole),
        number_axis(kRate, words_of(lr), SweepNumbers::positive),
        number_axis(kBatch, words_of(batch_size), SweepNumbers::whole), word_axis(kNoise, words_of(noise))};
    std::erase_if(axes, [](const SweepAxis& axis) { return axis.values.empty() && !axis.range; });
    return axes;
}

std::size_t SweepArguments::kept_models() const {
    if (keep == "best") return 1;
    if (keep == "all") return std::numeric_limits<std::size_t>::max();
    std::size_t count = 0;
    const auto [end, error] = std::from_chars(keep.data(), keep.data() + keep.size(), count);
    if (error == std::errc() && end == keep.data() + keep.size()) return count;
    throw UsageError(fmt::format("--keep: '{}' is neither best nor all nor a number of models", keep));
}

void check(const SweepArguments& a) {
    a.kept_models();
    if (a.together != "auto" && a.together != "yes" && a.together != "no")
        throw UsageError(fmt::format("--together: '{}' is none of auto, yes and no", a.together));
    if (const std::string why = why_never_together(a); a.together == "yes" && !why.empty())
        throw UsageError(fmt::format("--together yes: {}; leave it out", why));
    if (a.halving > 0 && a.train.early_stop > 0)
        throw UsageError("--early-stop: beside --halving, which stops models already; leave one of them out");
    for (const std::string& network : words_of(a.layers)) check_layers(network);
    for (const std::string& noise : words_of(a.noise)) Noise::parse(noise);
    const std::vector<SweepAxis> axes = a.axes();
    if (a.random == 0) grid(axes);
}

TrainArguments with_values(const SweepArguments& arguments, const std::vector<SweepAxis>& axes,
                           const std::vector<std::string>& values, int pixels) {
    TrainArguments a = arguments.train;
    a.settings.shape = shape_around(a.layers, pixels);  // of a preset; --layers is an axis
    for (std::size_t i = 0; i < axes.size(); ++i) set_value(a, axes[i].option, values[i], pixels);
    return a;
}

}  // namespace ae
