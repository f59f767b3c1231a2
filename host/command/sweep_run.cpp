#include "command/sweep_run.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <numeric>
#include <thread>

#include "ae/error.h"
#include "base/text.h"
#include "command/sweep_plan.h"
#include "command/train_run.h"
#include "train/epochs.h"
#include "train/run_folder.h"

namespace ae {

namespace {

constexpr auto kBetweenNews = std::chrono::milliseconds(100);

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

SweepRun::SweepRun(const SweepWork& work, SweepRanks& ranks)
    : work_(work),
      sweep_(work.sweep),
      ranks_(ranks),
      results_(work, ranks),
      signals_{[this] { results_.count_epoch(); }, [this] { return has_to_stop(); }} {}

bool SweepRun::run(int models_at_once) {
    ThreadPool pool(models_at_once);
    bool is_complete = false;
    try {
        results_.write();  // so that from now on it can be resumed
        is_complete = run_stages(pool);
    } catch (...) {
        results_.clear_line();
        results_.write();
        throw;
    }
    results_.clear_line();
    results_.write();
    if (is_complete && ranks_.is_first()) work_.folder.finish();
    return is_complete;
}

bool SweepRun::run_stages(ThreadPool& pool) {
    std::vector<std::size_t> settings(sweep_.settings.size());
    std::iota(settings.begin(), settings.end(), std::size_t{0});
    for (const int rung : rungs_of(sweep_)) {
        train_stage(pool, models_to_train(settings, rung), rung);
        if (has_to_stop()) return models_to_train(settings, sweep_.epochs).empty();
        if (rung == sweep_.epochs) break;
        settings = survivors(sweep_, settings, rung);
        results_.drop_all_but(settings, rung);
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

/// Beside the training, which takes threads of its own, the ranks tell each other what has ended. They do so at about
/// the same times, so that none waits long for another.
void SweepRun::train_stage(ThreadPool& pool, const std::vector<std::size_t>& models, int epochs) {
    if (ranks_.are_one()) return train_all(pool, models, epochs);
    std::future<void> training = std::async(
        std::launch::async, [this, &pool, share = ranks_.share_of(models), epochs] { train_all(pool, share, epochs); });
    try {
        exchange_until_all_have_trained(training);
        if (has_failed_) end_together(training);
    } catch (...) {
        has_failed_ = true;  // the threads stop before what they use is gone
        if (training.valid()) training.wait();
        throw;
    }
}

void SweepRun::exchange_until_all_have_trained(const std::future<void>& training) {
    for (bool is_training = true, any = true; any;) {
        if (is_training)
            is_training = training.wait_for(kBetweenNews) != std::future_status::ready;
        else
            std::this_thread::sleep_for(kBetweenNews);
        const SweepNews all = results_.exchange(is_training, has_failed_);
        if (all.has_failed) has_failed_ = true;
        any = all.is_training;
    }
}

/// The rank that has failed throws and ends all others, once what these have trained is written.
void SweepRun::end_together(std::future<void>& training) {
    results_.write();
    ranks_.meet();
    training.get();
    ranks_.meet();  // does not return
}

/// Where the work fails, the other threads and ranks stop as well.
template <typename Work>
auto SweepRun::or_stop_all(const Work& work) {
    try {
        return work();
    } catch (...) {
        has_failed_ = true;
        throw;
    }
}

void SweepRun::train_all(ThreadPool& pool, const std::vector<std::size_t>& models, int epochs) {
    const std::vector<std::size_t> alone = or_stop_all([&] { return train_together(models, epochs); });
    std::atomic<std::size_t> next{0};
    pool.run(pool.threads(), [&](int) {
        or_stop_all([&] {
            for (std::size_t i; !has_to_stop() && (i = next++) < alone.size();) train_model(alone[i], epochs);
        });
    });
}

/// Trains models that fit one another side by side where that is faster, and returns those that are left.
std::vector<std::size_t> SweepRun::train_together(const std::vector<std::size_t>& models, int epochs) {
    if (work_.arguments.together == "no" || !why_never_together(work_.arguments).empty()) return models;
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
    OpenModel open{.number = model, .options = model_arguments(work_.arguments, sweep_, model), .images = nullptr};
    open.images = work_.data.of(open.options.settings.seed);
    if (const auto saved = checkpoint_of(work_.folder.checkpoint_of(model), open.options, open.images->selected)) {
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
        group_.emplace(models, work_.folder, signals_);
        if (work_.arguments.together == "yes") return true;
        const StepSeconds seconds = group_->time();
        const auto count = static_cast<int>(models.size());
        const bool is_faster = seconds.is_faster_together(count);
        results_.tell_choice(count, is_faster, seconds.together / count, seconds.alone);
        if (is_faster) return true;
    } catch (const GpuError&) {  // as where memory is short, which models one after the other need less of
        if (work_.arguments.together == "yes") throw;
    }
    group_.reset();
    return false;
}

void SweepRun::train_group(int epochs) {
    const bool is_complete = group_->run(epochs);
    const auto held = results_.lock();
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
        results_.publish(model.number);
    }
}

void SweepRun::train_model(std::size_t model, int epochs) {
    const TrainArguments options = model_arguments(work_.arguments, sweep_, model);
    const std::shared_ptr<const SeedImages> images = work_.data.of(options.settings.seed);
    SweepTraining training(options, *images, work_.folder.checkpoint_of(model), signals_);
    try {
        const TrainEnd end = training.run(epochs);
        const auto held = results_.lock();
        note_history(sweep_.models[model], training.history(), sweep_.keeps_best_epoch);
        const bool is_done =
            end == TrainEnd::stopped_early || static_cast<int>(training.history().size()) == sweep_.epochs;
        if (is_done)
            take_result(model, {options, images->selected, training.history(), training.best_parameters(),
                                [&] { return training.take_engine(); }});
        results_.publish(model);
    } catch (const DivergedError& error) {
        const auto held = results_.lock();
        diverge(model, training.history(), error.what());
        results_.publish(model);
    }
}

void SweepRun::take_result(std::size_t number, const TrainedModel& trained) {
    SweptModel& model = sweep_.models[number];
    if (!std::isfinite(model.val_loss()) || !std::isfinite(model.val_mse))
        return diverge(number, trained.history,
                       fmt::format("diverged: val_loss is {}", without_sign_of_nan(model.val_loss())));
    model.end = SweptEnd::done;
    if (results_.wants(number))
        keep(number, trained);
    else
        remove_run(work_.folder.path() / SweepFolder::run_of(number));  // of a sweep that was killed
    work_.folder.remove_checkpoint(number);
}

void SweepRun::diverge(std::size_t number, const History& history, const std::string& note) {
    SweptModel& model = sweep_.models[number];
    note_history(model, history, sweep_.keeps_best_epoch);
    model.end = SweptEnd::diverged;
    model.note = note.substr(0, note.find(';'));  // without the advice, which is for a run alone
    work_.folder.remove_checkpoint(number);
}

void SweepRun::keep(std::size_t model, const TrainedModel& trained) {
    const std::string name = SweepFolder::run_of(model);
    RunFolder folder(work_.folder.path() / name, EarlierRun::replace);
    TrainRun run(trained.options, folder, trained.images, trained.engine());
    run.leave(trained.history, trained.best_parameters);
    sweep_.models[model].folder = name;
}

}  // namespace ae
