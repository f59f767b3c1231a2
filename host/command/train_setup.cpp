#include "command/train_setup.h"

#include <fmt/format.h>

#include <string_view>

#include "base/terminal.h"
#include "data/known_set.h"
#include "engine/fitting_shape.h"

namespace ae {

namespace {

constexpr const char* kDefaultSplit = "split:0.1";

}  // namespace

bool trains_on_cpu(const std::string& engine) {
    return engine == "cpu" || (engine == "auto" && !why_no_gpu().empty());
}

void choose_validation(TrainArguments& arguments, const Dataset& data, bool is_given) {
    if (data.test.count > 0 || arguments.selection.val != "test" || is_given) return;
    arguments.selection.val = kDefaultSplit;
    if (!arguments.quiet)
        say("         no test images: a tenth is held out by the seed to validate on (--val {})", kDefaultSplit);
}

namespace {

/// Whether the data are of a set that has a name; a resumed training's are where it left them.
bool trains_on_named_set(const TrainArguments& arguments) {
    return is_set_name(arguments.data.options.source) && !arguments.resume;
}

}  // namespace

void check_shape_for_named_set(const TrainArguments& arguments) {
    constexpr int kPixels = 28 * 28;
    if (trains_on_named_set(arguments) && arguments.data.options.reading.width == 0)
        fitting_shape(arguments.layers, kPixels);
}

void check_selection(const TrainArguments& arguments) {
    arguments.selection.held_out();
    if (trains_on_named_set(arguments)) arguments.selection.labels({});
}

std::uint64_t decay_steps(const Settings& settings, const Dataset& data, int epochs) {
    if (settings.adam.decay == Decay::constant) return 0;
    return static_cast<std::uint64_t>(epochs) * Order::of(settings, data.train).steps_per_epoch();
}

std::string shell_text(const Arguments& arguments) {
    constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=.,:/@%";
    std::string text = "ae_cuda";
    for (const std::string& argument : arguments) {
        const bool is_plain = !argument.empty() && argument.find_first_not_of(kPlain) == argument.npos;
        std::string quoted = "'";
        for (const char c : argument) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
        text += " " + (is_plain ? argument : quoted + "'");
    }
    return text;
}

}  // namespace ae
