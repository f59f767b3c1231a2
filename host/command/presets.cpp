#include "command/presets.h"

#include <fmt/format.h>

#include <algorithm>

#include "ae/error.h"

namespace ae {

namespace {

void keep(TrainArguments&) {}

/// A ReLU code leaves a dozen of its 64 units dead and caps the rest at zero; a linear one uses them all and bears
/// three times the learning rate.
void best(TrainArguments& a) {
    a.code_activation = "linear";
    a.settings.adam.learning_rate = 3e-3;
}

void denoise(TrainArguments& a) {
    best(a);
    a.noise = "gaussian:0..0.6";
    a.schedule = "cosine";
    a.epochs = 30;
}

/// A code too small to reproduce images unlike the training images, some of which are held out for `anomaly fit`.
void anomaly(TrainArguments& a) {
    a.layers = "128-8-128";
    a.epochs = 50;
    a.selection.val = "split:0.1";
}

/// --preset NAME or --preset=NAME; empty where there is none.
std::string named_preset(const Arguments& given) {
    for (std::size_t i = 0; i < given.size(); ++i) {
        if (given[i] == "--preset" && i + 1 < given.size()) return given[i + 1];
        if (given[i].starts_with("--preset=")) return given[i].substr(given[i].find('=') + 1);
    }
    return "";
}

}  // namespace

const std::vector<Preset>& presets() {
    static const std::vector<Preset> all{
        {"spec", "the default: ReLU throughout, lr 0.001, 10 epochs", keep},
        {"best", "for reconstruction: linear code, lr 0.003", best},
        {"denoise", "linear code, lr 0.003 falling to 0, 30 epochs on noise of any strength to 0.6", denoise},
        {"anomaly", "a code of 8, 50 epochs, a tenth of the images held out for anomaly fit", anomaly}};
    return all;
}

void apply_preset(TrainArguments& arguments, const Arguments& given) {
    const std::string name = named_preset(given);
    if (name.empty()) return;
    const auto at = std::find_if(presets().begin(), presets().end(), [&](const Preset& p) { return p.name == name; });
    if (at == presets().end()) {
        std::string names;
        for (const Preset& preset : presets()) names += (names.empty() ? "" : ", ") + preset.name;
        throw UsageError(fmt::format("--preset: '{}' is not one of {}", name, names));
    }
    at->apply(arguments);
}

}  // namespace ae
