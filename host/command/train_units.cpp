#include "command/train_units.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "ae/error.h"
#include "base/terminal.h"
#include "engine/names.h"

namespace ae {
namespace {

/// A number outside [0, 1], if there is one.
std::optional<float> number_outside_unit(const Dataset& data) {
    for (const Images* part : {&data.train, &data.test}) {
        const auto at = std::ranges::find_if_not(part->numbers, [](float v) { return v >= 0 && v <= 1; });
        if (at != part->numbers.end()) return *at;
    }
    return std::nullopt;
}

void check_loss(const Settings& settings, const Dataset& data, const std::optional<float>& outside) {
    if (settings.loss != Loss::bce) return;
    if (settings.scaling != Scaling::none)
        throw UsageError(
            fmt::format("--loss bce: takes values in [0, 1], and --scale {} makes others; --loss mse "
                        "takes any",
                        text(settings.scaling)));
    if (outside)
        throw UsageError(fmt::format("--loss bce: takes values in [0, 1], and {} holds {}; --loss mse takes any",
                                     data.origin, *outside));
}

void check_noise(const Settings& settings, const Dataset& data) {
    if (settings.noise.kind != NoiseKind::none)
        throw UsageError(fmt::format("--noise {}: is for pixels, which it clips to [0, 1]; {} holds other numbers",
                                     settings.noise.text(), data.origin));
}

const char* words(Scaling scaling) {
    return scaling == Scaling::none     ? "as they are"
           : scaling == Scaling::minmax ? "each scaled to 0…1 over the training data"
                                        : "each scaled to mean 0 and deviation 1 over the training data";
}

}  // namespace

void read_numbers_where_scaled(TrainArguments& arguments) {
    if (arguments.settings.scaling != Scaling::none) arguments.data.options.reading.numbers = true;
}

void choose_units(TrainArguments& a, const Dataset& data, bool has_scale) {
    Settings& settings = a.settings;
    const bool are_numbers = data.train.are_numbers();
    const std::optional<float> outside = number_outside_unit(data);
    if (are_numbers) a.data.options.reading.numbers = true;
    const bool takes_any = a.loss.empty() || settings.loss == Loss::mse;
    if (a.scale.empty() && !has_scale) settings.scaling = outside && takes_any ? Scaling::standard : Scaling::none;
    if (a.loss.empty() && !has_scale)
        settings.loss = outside || settings.scaling != Scaling::none ? Loss::mse : Loss::bce;
    check_loss(settings, data, outside);
    if (!are_numbers) return;
    check_noise(settings, data);
    if (!a.quiet)
        say("numbers  {} (--scale {}); the loss is {} (--loss {})", words(settings.scaling), text(settings.scaling),
            settings.loss == Loss::mse ? "the squared error" : "the cross-entropy", text(settings.loss));
}

}  // namespace ae
