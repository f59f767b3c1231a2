#include "command/sweep_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "ae/error.h"
#include "command/train_setup.h"
#include "data/noisy_images.h"

namespace ae {

namespace {

constexpr std::size_t kMostModels = 100'000;

/// A batch size that was not given gives way to a small set, as that of a single run does.
void fit_batch(Settings& settings, const Dataset& data, bool is_given) {
    if (!is_given) settings.batch_size = std::min(settings.batch_size, data.train.count);
    if (settings.batch_size > data.train.count)
        throw UsageError(
            fmt::format("--batch-size {}: there are {} training images", settings.batch_size, data.train.count));
}

Settings settings_of(const SweepArguments& arguments, const std::vector<SweepAxis>& axes,
                     const std::vector<std::string>& values, const Dataset& data) {
    TrainArguments model = with_values(arguments, axes, values, data.train.pixels_per_image());
    fit_batch(model.settings, data, !arguments.batch_size.empty());
    check_noise(model.settings.noise, data.train.height, data.train.width, data.train.channels);
    model.settings.adam.decay_steps = decay_steps(model.settings, data, model.epochs);
    return model.settings;
}

/// Removes the options that have one value in all settings.
void hide_constant_options(Sweep& sweep) {
    for (std::size_t o = sweep.options.size(); o-- > 0;) {
        const std::string& first = sweep.settings.front().values[o];
        if (!std::ranges::all_of(sweep.settings, [&](const auto& s) { return s.values[o] == first; })) continue;
        const auto place = static_cast<std::ptrdiff_t>(o);
        sweep.options.erase(sweep.options.begin() + place);
        for (SweptSetting& setting : sweep.settings) setting.values.erase(setting.values.begin() + place);
    }
}

}  // namespace

Sweep plan_sweep(const SweepArguments& arguments, const Dataset& data) {
    Sweep sweep{{}, {}, {}, arguments.train.epochs, arguments.halving, arguments.train.keeps_best()};
    const std::vector<SweepAxis> axes = arguments.axes();
    for (const SweepAxis& axis : axes) sweep.options.push_back(axis.option);
    const std::uint64_t seed = arguments.train.settings.seed;
    for (const std::vector<std::string>& values :
         arguments.random > 0 ? random_settings(axes, arguments.random, seed) : grid(axes))
        sweep.settings.push_back({values, settings_of(arguments, axes, values, data)});
    for (int i = 0; i < arguments.seeds; ++i) sweep.seeds.push_back(seed + static_cast<std::uint64_t>(i));
    if (sweep.settings.size() * sweep.seeds.size() > kMostModels)
        throw UsageError(fmt::format("--seeds {}: makes {} models; up to {} can be trained", arguments.seeds,
                                     sweep.settings.size() * sweep.seeds.size(), kMostModels));
    sweep.models.resize(sweep.settings.size() * sweep.seeds.size());
    hide_constant_options(sweep);
    return sweep;
}

TrainArguments model_arguments(const SweepArguments& arguments, const Sweep& sweep, std::size_t model) {
    TrainArguments a = arguments.train;
    a.settings = sweep.settings[sweep.setting_of(model)].settings;
    a.settings.seed = sweep.seed_of(model);
    a.layers = a.settings.shape.text();
    a.quiet = true;  // the sweep speaks for all of its models
    a.progress = "never";
    return a;
}

}  // namespace ae
