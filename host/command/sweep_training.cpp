#include "command/sweep_training.h"

#include "ae/checkpoint.h"
#include "ae/error.h"
#include "base/facts.h"
#include "file/paths.h"

namespace ae {

namespace {

/// On a CPU one thread, and the images that all models share.
EngineOptions engine_options(const TrainArguments& arguments, const SeedImages& images) {
    EngineOptions options = arguments.engine.options();
    if (images.on_cpu) options.threads = 1, options.images = images.on_cpu;
    return options;
}

}  // namespace

std::optional<Checkpoint> checkpoint_of(const std::filesystem::path& file, const TrainArguments& arguments,
                                        const SelectedData& images) {
    if (!look_at(file).exists()) return std::nullopt;
    try {
        Checkpoint saved = load_checkpoint(file);
        const std::uint64_t steps = Order::of(arguments.settings, images.data.train).steps_per_epoch();
        const bool is_of_this_model = differences(saved.settings, arguments.settings).empty() &&
                                      fact_of(saved.metadata, "data_sha256") == images.data.sha256 &&
                                      fact_of(saved.metadata, "math") == arguments.engine.math &&
                                      saved.history.size() == saved.state.step / steps;
        if (is_of_this_model) return saved;
    } catch (const ModelError&) {  // damaged: the model begins again
    }
    return std::nullopt;
}

void save_sweep_checkpoint(const std::filesystem::path& file, const TrainArguments& arguments,
                           const SelectedData& images, const State& state, const History& history) {
    save_checkpoint(file, {arguments.settings,
                           state,
                           history,
                           {{"data_sha256", images.data.sha256}, {"math", arguments.engine.math}},
                           images.scale});
}

SweepTraining::SweepTraining(const TrainArguments& arguments, const SeedImages& images,
                             std::filesystem::path checkpoint, const SweepSignals& signals)
    : arguments_(arguments),
      selected_(images.selected),
      checkpoint_(std::move(checkpoint)),
      signals_(signals),
      engine_(make_engine(arguments.engine.engine, arguments.settings, engine_options(arguments, images),
                          images.selected.data)) {
    plan_.order = Order::of(arguments.settings, selected_.data.train);
    plan_.early_stop = arguments.early_stop;
    plan_.one_epoch_at_a_time = arguments.keeps_best();
    begin_at_checkpoint();
}

void SweepTraining::begin_at_checkpoint() {
    if (arguments_.keeps_best()) return;
    const std::optional<Checkpoint> saved = checkpoint_of(checkpoint_, arguments_, selected_);
    if (!saved) return;
    engine_->set_state(saved->state);
    step_ = saved->state.step, history_ = saved->history;
}

TrainEnd SweepTraining::run(int epochs) {
    plan_.epochs = epochs;
    const TrainEnd end = train(*engine_, plan_, step_, history_, *this);
    step_ = history_.size() * plan_.order.steps_per_epoch();
    return end;
}

void SweepTraining::on_epoch(const EpochRecord&, bool is_best) {
    if (arguments_.keeps_best() && is_best) best_parameters_ = engine_->state().parameters;
    signals_.on_epoch();
}

/// The best weights of a model that keeps these are in memory alone, so that it has to begin again in any case.
void SweepTraining::on_checkpoint(const History& history) {
    const bool is_done = static_cast<int>(history.size()) >= arguments_.epochs;
    if (arguments_.keeps_best() || is_done) return;
    save_sweep_checkpoint(checkpoint_, arguments_, selected_, engine_->state(), history);
}

}  // namespace ae
