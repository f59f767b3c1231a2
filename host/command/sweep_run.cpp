#include "command/sweep_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ae/error.h"
#include "command/sweep_plan.h"
#include "command/train_run.h"
#include "train/epochs.h"
#include "train/signals.h"

namespace ae {

namespace {

/// The epoch whose weights the model has.
const EpochRecord& left_epoch(const History& history, bool keeps_best) {
    return keeps_best ? best_epoch(history) : history.back();
}

void note_history(SweptModel& model, const History& history, bool keeps_best) {
    model.val_losses.clear();
    for (const EpochRecord& e : history) model.val_losses.push_back(e.val_loss);
    model.seconds = seconds_of(history);
    if (history.empty()) return;
    const EpochRecord& left = left_epoch(history, keeps_best);
    model.left_epoch = left.epoch, model.val_mse = left.val_mse;
}

}  // namespace

SweepRun::SweepRun(const SweepArguments& arguments, SweepData& data, Sweep& sweep, const SweepOrigin& origin,
                   SweepFolder& folder)
    : arguments_(arguments),
      data_(data),
      sweep_(sweep),
      origin_(origin),
      folder_(folder),
      kept_(arguments.kept_models(), folder.path(), sweep),
      progress_(sweep, parse_progress(arguments.train.progress), arguments.train.quiet),
      signals_{[this] { progress_.count_epoch(); }, [this] { return has_to_stop(); }} {}

bool SweepRun::run(int models_at_once) {
    ThreadPool pool(models_at_once);
    bool is_complete = false;
    try {
        folder_.write(sweep_, origin_);  // so that from now on it can be resumed
        is_complete = run_stages(pool);
    } catch (...) {
        progress_.clear();
        folder_.write(sweep_, origin_);
        throw;
    }
    progress_.clear();
    folder_.write(sweep_, origin_);
    if (is_complete) folder_.finish();
    return is_complete;
}

bool SweepRun::run_stages(ThreadPool& pool) {
    std::vector<std::size_t> settings(sweep_.settings.size());
    std::iota(settings.begin(), settings.end(), std::size_t{0});
    for (const int rung : rungs_of(sweep_)) {
        train_all(pool, models_to_train(settings, rung), rung);
        if (has_to_stop()) return models_to_train(settings, sweep_.epochs).empty();
        if (rung == sweep_.epochs) break;
        settings = survivors(sweep_, settings, rung);
        drop_all_but(settings, rung);
    }
    return true;
}

/// Seed by seed, so that all settings are known early, if roughly, and images that a seed draws are made once.
std::vector<std::size_t> SweepRun::models_to_train(const std::vector<std::size_t>& settings, int epochs) const {
    std::vector<std::size_t> models;
    for (std::size_t seed = 0; seed < sweep_.seeds.size(); ++seed)
        for (const std::size_t setting : settings) {
            const std::size_t model = sweep_.model_of(setting, seed);
            const bool is_there = sweep_.models[model].epochs() >= epochs && epochs < sweep_.epochs;
            if (sweep_.models[model].end == SweptEnd::open && !is_there) models.push_back(model);
        }
    return models;
}

void SweepRun::train_all(ThreadPool& pool, const std::vector<std::size_t>& models, int epochs) {
    std::atomic<std::size_t> next{0};
    const std::vector<std::size_t> alone = train_together(models, epochs);
    pool.run(pool.threads(), [&](int) {
        try {
            for (std::size_t i; !has_to_stop() && (i = next++) < alone.size();) train_model(alone[i], epochs);
        } catch (...) {
            has_failed_ = true;  // the other threads stop as well
            throw;
        }
    });
}

/// Trains models that fit one another side by side where that is faster, and returns those that are left.
std::vector<std::size_t> SweepRun::train_together(const std::vector<std::size_t>& models, int epochs) {
    if (arguments_.together == "no" || !why_never_together(arguments_).empty()) return models;
    std::vector<OpenModel> open;
    for (const std::size_t model : models) open.push_back(open_model(model));
    std::vector<std::size_t> alone;
    for (const std::vector<OpenModel>& group : groups_of(std::move(open))) {
        if (has_to_stop()) break;
        if (is_group_for(group))
            train_group(epochs);
        else
            for (const OpenModel& model : group) alone.push_back(model.number);
    }
    if (!alone.empty()) group_.reset();  // they need its memory
    return alone;
}

OpenModel SweepRun::open_model(std::size_t model) {
    OpenModel open{.number = model, .options = model_arguments(arguments_, sweep_, model), .images = nullptr};
    open.images = data_.of(open.options.settings.seed);
    if (const auto saved = checkpoint_of(folder_.checkpoint_of(model), open.options, open.images->selected)) {
        open.epochs = static_cast<int>(saved->history.size());
        open.is_in_epoch = !saved->state.losses.empty();
    }
    return open;
}

/// Whether group_ has these models now, and is to train them.
bool SweepRun::is_group_for(const std::vector<OpenModel>& models) {
    if (models.size() < 2) return false;
    if (group_ && group_->continues_with(models)) return true;
    group_.reset();  // its memory is needed
    try {
        group_.emplace(models, folder_, signals_);
        if (arguments_.together == "yes") return true;
        const StepSeconds seconds = group_->time();
        const auto count = static_cast<int>(models.size());
        const bool is_faster = seconds.is_faster_together(count);
        progress_.tell_choice(count, is_faster, seconds.together / count, seconds.alone);
        if (is_faster) return true;
    } catch (const GpuError&) {  // as where memory is short, which models one after the other need less of
        if (arguments_.together == "yes") throw;
    }
    group_.reset();
    return false;
}

void SweepRun::train_group(int epochs) {
    const bool is_complete = group_->run(epochs);
    const std::lock_guard lock(results_);
    for (std::size_t place = 0; place < group_->models().size(); ++place) {
        const OpenModel& model = group_->models()[place];
        const History& history = group_->history(place);
        if (sweep_.models[model.number].end != SweptEnd::open) continue;  // of an earlier stage
        note_history(sweep_.models[model.number], history, sweep_.keeps_best_epoch);
        if (const std::string& note = group_->divergence(place); !note.empty())
            diverge(model.number, history, note);
        else if (is_complete && epochs == sweep_.epochs)
            take_result(model.number,
                        {model.options, model.images->selected, history, {}, [&] { return group_->engine_of(place); }});
        else
            group_->save(place);
    }
    folder_.write_if_due(sweep_, origin_);
}

void SweepRun::train_model(std::size_t model, int epochs) {
    const TrainArguments options = model_arguments(arguments_, sweep_, model);
    const std::shared_ptr<const SeedImages> images = data_.of(options.settings.seed);
    SweepTraining training(options, *images, folder_.checkpoint_of(model), signals_);
    try {
        const TrainEnd end = training.run(epochs);
        const std::lock_guard lock(results_);
        note_history(sweep_.models[model], training.history(), sweep_.keeps_best_epoch);
        const bool is_done =
            end == TrainEnd::stopped_early || static_cast<int>(training.history().size()) == sweep_.epochs;
        if (is_done)
            take_result(model, {options, images->selected, training.history(), training.best_parameters(),
                                [&] { return training.take_engine(); }});
        folder_.write_if_due(sweep_, origin_);
    } catch (const DivergedError& error) {
        const std::lock_guard lock(results_);
        diverge(model, training.history(), error.what());
        folder_.write_if_due(sweep_, origin_);
    }
}

void SweepRun::take_result(std::size_t number, const TrainedModel& trained) {
    SweptModel& model = sweep_.models[number];
    if (!std::isfinite(model.val_loss()) || !std::isfinite(model.val_mse))
        return diverge(number, trained.history, fmt::format("diverged: val_loss is {}", model.val_loss()));
    model.end = SweptEnd::done;
    if (kept_.wants(sweep_, number)) keep(number, trained);
    end(number);
}

void SweepRun::diverge(std::size_t number, const History& history, const std::string& note) {
    SweptModel& model = sweep_.models[number];
    note_history(model, history, sweep_.keeps_best_epoch);
    model.end = SweptEnd::diverged;
    model.note = note.substr(0, note.find(';'));  // without the advice, which is for a run alone
    end(number);
}

void SweepRun::end(std::size_t model) {
    folder_.remove_checkpoint(model);
    progress_.tell(model);
}

void SweepRun::keep(std::size_t model, const TrainedModel& trained) {
    RunFolder folder(folder_.path() / SweepFolder::run_of(model), EarlierRun::replace);
    TrainRun run(trained.options, folder, trained.images, trained.engine());
    run.leave(trained.history, trained.best_parameters);
    kept_.add(sweep_, model);
}

void SweepRun::drop_all_but(const std::vector<std::size_t>& settings, int epoch) {
    std::size_t dropped = 0;
    for (std::size_t setting = 0; setting < sweep_.settings.size(); ++setting) {
        if (std::ranges::binary_search(settings, setting)) continue;
        bool is_new = false;
        for (std::size_t seed = 0; seed < sweep_.seeds.size(); ++seed) {
            const std::size_t model = sweep_.model_of(setting, seed);
            if (sweep_.models[model].end != SweptEnd::open) continue;
            sweep_.models[model].end = SweptEnd::dropped;
            folder_.remove_checkpoint(model);
            is_new = true;
        }
        dropped += is_new;
    }
    progress_.tell_dropped(dropped, epoch);
    folder_.write_if_due(sweep_, origin_);
}

bool SweepRun::has_to_stop() const {
    return has_failed_ || SignalGuard::received() != 0;
}

}  // namespace ae
