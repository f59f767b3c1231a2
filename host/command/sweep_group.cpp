#include "command/sweep_group.h"

#include <fmt/format.h>

#include <algorithm>

#include "ae/error.h"
#include "base/stopwatch.h"
#include "engine/gpu.h"

namespace ae {

namespace {

constexpr std::size_t kMostInGroup = 64;  // more add nothing: a GPU is busy with fewer
constexpr double kMostGroupBytes = 4e9;   // of a group's memory
constexpr std::uint64_t kTimedSteps = 64;

/// The memory of a model of a group, about.
double bytes_of(const OpenModel& model) {
    const Settings& settings = model.options.settings;
    double widths = 0;
    for (const int width : settings.shape.widths()) widths += width;
    return 16.0 * static_cast<double>(settings.shape.parameters()) + 8 * widths * std::max(settings.batch_size, 250) +
           4.0 * model.images->selected.data.train.count;
}

std::size_t most_in_group(const OpenModel& model) {
    return static_cast<std::size_t>(
        std::clamp(kMostGroupBytes / bytes_of(model), 1.0, static_cast<double>(kMostInGroup)));
}

std::unique_ptr<ModelGroup> make_group(const std::vector<OpenModel>& models) {
    std::vector<Settings> settings;
    for (const OpenModel& model : models) settings.push_back(model.options.settings);
    return make_cublas_group(settings, models.front().options.engine.options(), models.front().images->selected.data);
}

/// The least of three measurements, after the steps have run, and have been recorded, once.
template <typename Trained>
double seconds_of_step(Trained& trained, std::uint64_t steps) {
    for (int warm_up = 0; warm_up < 2; ++warm_up) trained.run(steps);
    double least = 0;
    for (int i = 0; i < 3; ++i) {
        const Stopwatch watch;
        trained.run(steps);
        const double seconds = watch.seconds() / static_cast<double>(steps);
        least = i == 0 ? seconds : std::min(least, seconds);
    }
    return least;
}

}  // namespace

bool OpenModel::fits(const OpenModel& other) const {
    return images == other.images && epochs == other.epochs && !is_in_epoch && !other.is_in_epoch &&
           why_not_together(options.settings, other.options.settings).empty();
}

std::vector<std::vector<OpenModel>> groups_of(std::vector<OpenModel> models) {
    std::vector<std::vector<OpenModel>> groups;
    for (OpenModel& model : models) {
        const auto at = std::ranges::find_if(groups, [&](const std::vector<OpenModel>& group) {
            return group.size() < most_in_group(model) && group.front().fits(model);
        });
        if (at == groups.end())
            groups.push_back({std::move(model)});
        else
            at->push_back(std::move(model));
    }
    return groups;
}

StepSeconds time_steps(ModelGroup& group, Engine& alone, std::uint64_t steps) {
    return {seconds_of_step(group, steps), seconds_of_step(alone, steps)};
}

SweepGroup::SweepGroup(std::vector<OpenModel> models, const SweepFolder& folder, const SweepSignals& signals)
    : models_(std::move(models)),
      folder_(folder),
      signals_(signals),
      group_(make_group(models_)),
      divergences_(models_.size()) {
    begin_at_checkpoints();
}

void SweepGroup::begin_at_checkpoints() {
    std::vector<History> histories(models_.size());
    std::vector<State> states;
    for (std::size_t i = 0; i < models_.size() && first().epochs > 0; ++i) {
        std::optional<Checkpoint> saved =
            checkpoint_of(folder_.checkpoint_of(models_[i].number), models_[i].options, models_[i].images->selected);
        if (!saved) throw ModelError("the checkpoint of a model was there a moment ago");
        states.push_back(std::move(saved->state));
        histories[i] = std::move(saved->history);
    }
    if (!states.empty()) group_->set_states(states);
    const auto images = static_cast<std::uint32_t>(first().images->selected.data.train.count);
    training_.emplace(*group_, images, std::move(histories));
}

std::vector<State> SweepGroup::states() {
    std::vector<State> states;
    for (int place = 0; place < group_->size(); ++place) states.push_back(group_->state(place));
    return states;
}

StepSeconds SweepGroup::time() {
    const std::vector<State> before = states();
    const TrainArguments& options = first().options;
    const auto alone =
        make_engine(options.engine.engine, options.settings, options.engine.options(), first().images->selected.data);
    const StepSeconds seconds = time_steps(*group_, *alone, kTimedSteps);
    group_->set_states(before);
    return seconds;
}

bool SweepGroup::continues_with(const std::vector<OpenModel>& models) {
    std::vector<std::size_t> places;
    for (const OpenModel& model : models) {
        const auto at = std::ranges::find(models_, model.number, &OpenModel::number);
        const auto place = static_cast<std::size_t>(at - models_.begin());
        const bool is_left =
            at != models_.end() && std::ranges::find(training_->models(), place) != training_->models().end();
        if (!is_left || static_cast<int>(history(place).size()) != model.epochs) return false;
        places.push_back(place);
    }
    training_->keep(places);
    return true;
}

std::unique_ptr<Engine> SweepGroup::engine_of(std::size_t place) {
    const TrainArguments& options = models_[place].options;
    auto engine =
        make_engine("cublas", options.settings, options.engine.options(), models_[place].images->selected.data);
    engine->set_state(training_->state(place));
    return engine;
}

void SweepGroup::save(std::size_t place) {
    const OpenModel& model = models_[place];
    save_sweep_checkpoint(folder_.checkpoint_of(model.number), model.options, model.images->selected,
                          training_->state(place), history(place));
}

void SweepGroup::on_checkpoint() {
    for (const std::size_t place : training_->models()) save(place);
}

}  // namespace ae
