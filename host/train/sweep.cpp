#include "train/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace ae {

namespace {

/// The val_loss that a model had after a rung: that of the weights it would then have left.
double loss_at(const Sweep& sweep, const SweptModel& model, int rung) {
    const auto seen = std::min(model.val_losses.size(), static_cast<std::size_t>(rung));
    if (seen == 0 || model.end == SweptEnd::diverged) return std::numeric_limits<double>::infinity();
    const auto end = model.val_losses.begin() + static_cast<std::ptrdiff_t>(seen);
    const double loss = sweep.keeps_best_epoch ? *std::min_element(model.val_losses.begin(), end) : *(end - 1);
    return std::isfinite(loss) ? loss : std::numeric_limits<double>::infinity();
}

double mean_loss_at(const Sweep& sweep, std::size_t setting, int rung) {
    double sum = 0;
    for (std::size_t seed = 0; seed < sweep.seeds.size(); ++seed)
        sum += loss_at(sweep, sweep.models[sweep.model_of(setting, seed)], rung);
    return sum / static_cast<double>(sweep.seeds.size());
}

}  // namespace

std::string text(SweptEnd end) {
    constexpr std::array kNames{"open", "done", "diverged", "dropped"};
    return kNames[static_cast<std::size_t>(end)];
}

double SweptModel::val_loss() const {
    const bool has_weights = end != SweptEnd::diverged && left_epoch >= 1 && left_epoch <= epochs();
    return has_weights ? val_losses[static_cast<std::size_t>(left_epoch - 1)] : std::nan("");
}

double SweptModel::best_val_loss() const {
    return val_losses.empty() ? std::nan("") : *std::ranges::min_element(val_losses);
}

int SweptModel::best_epoch() const {
    if (val_losses.empty()) return 0;
    return static_cast<int>(std::ranges::min_element(val_losses) - val_losses.begin()) + 1;
}

std::string Sweep::name_of(std::size_t model) const {
    std::string name;
    const std::vector<std::string>& values = settings[setting_of(model)].values;
    for (std::size_t i = 0; i < options.size(); ++i) name += fmt::format("{} {} · ", options[i].substr(2), values[i]);
    return name + fmt::format("seed {}", seed_of(model));
}

std::size_t ended(const Sweep& sweep) {
    return static_cast<std::size_t>(
        std::ranges::count_if(sweep.models, [](const SweptModel& model) { return model.end != SweptEnd::open; }));
}

std::vector<int> rungs_of(const Sweep& sweep) {
    std::vector<int> rungs;
    if (sweep.halving > 1)
        for (std::int64_t rung = 1; rung < sweep.epochs; rung *= sweep.halving) rungs.push_back(static_cast<int>(rung));
    rungs.push_back(sweep.epochs);
    return rungs;
}

std::vector<std::size_t> survivors(const Sweep& sweep, const std::vector<std::size_t>& from, int rung) {
    std::vector<std::pair<double, std::size_t>> order;
    for (const std::size_t setting : from) order.emplace_back(mean_loss_at(sweep, setting, rung), setting);
    std::ranges::sort(order);  // where losses are equal the first setting stays
    const auto parts = static_cast<std::size_t>(sweep.halving);
    order.resize((from.size() + parts - 1) / parts);
    std::vector<std::size_t> stay;
    for (const auto& [loss, setting] : order) stay.push_back(setting);
    std::ranges::sort(stay);
    return stay;
}

}  // namespace ae
