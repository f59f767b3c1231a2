#include "command/train_run.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <random>

#include "ae/error.h"
#include "ae/model.h"
#include "ae/version.h"
#include "base/average.h"
#include "base/facts.h"
#include "base/json_text.h"
#include "command/ranks.h"
#include "command/train_terms.h"
#include "data/image_check.h"
#include "data/image_reading.h"
#include "engine/engine_choice.h"
#include "engine/startup.h"
#include "file/paths.h"
#include "file/picture.h"
#include "model/model_images.h"
#include "model/training_data.h"
#include "show/result_pictures.h"
#include "train/epochs.h"
#include "train/signals.h"

namespace ae {

namespace {

constexpr int kPictureDigits = 10;

/// In 9 digits, which bring every float back.
std::string figure_text(double value) {
    return fmt::format("{:.9g}", value);
}

std::string random_name() {
    std::random_device random;
    return fmt::format("{:08x}{:08x}", random(), random());
}

}  // namespace

TrainPlan plan_of(const TrainArguments& arguments, const Dataset& data) {
    TrainPlan plan;
    plan.epochs = arguments.epochs;
    plan.order = Order::of(arguments.settings, data.train);
    plan.checkpoint_every = parse_checkpoint_every(arguments.checkpoint_every, plan.order.steps_per_epoch());
    plan.early_stop = arguments.early_stop;
    plan.one_epoch_at_a_time = arguments.keeps_best();
    const StepRange profile = parse_steps(arguments.profile_steps);
    plan.profile_first = profile.first, plan.profile_last = profile.last;
    plan.group = arguments.engine.group;
    return plan;
}

ProgressMode shown_progress(const TrainArguments& arguments) {
    return arguments.quiet ? ProgressMode::never : parse_progress(arguments.progress);
}

TrainRun::TrainRun(const TrainArguments& arguments, RunFolder& folder, const SelectedData& selected,
                   std::unique_ptr<Engine> engine)
    : arguments_(arguments),
      settings_(arguments.settings),
      folder_(folder),
      selected_(selected),
      data_(selected.data),
      floor_(arguments.quiet || settings_.loss != Loss::bce ? 0 : entropy_floor(data_.test)),
      plan_(plan_of(arguments, data_)),
      events_(folder.metrics_jsonl()),
      bar_(shown_progress(arguments)),
      engine_(std::move(engine)),
      run_(random_name()) {}

void TrainRun::introduce() {
    if (arguments_.selection != DataSelection())
        say("images   {} to train on, {} to validate on{}", data_.train.count, data_.test.count,
            selected_.test ? fmt::format(", {} for one final evaluation", selected_.test->count) : "");
    if (arguments_.engine.engine == "auto" && !why_no_gpu().empty())
        say("No GPU: {}; training on the CPU.", why_no_gpu());
    else if (arguments_.engine.engine == "auto" && arguments_.engine.group && engine_->name() == "cpu")
        say("Not every rank has a GPU of its own; training on the CPU. --engine cublas says which has none.");
    say("engine   {} on {} · {}", engine_->name(), engine_->device(), arguments_.engine.math);
    if (arguments_.engine.engine == "auto" && engine_->name() == "cublas" && !arguments_.engine.group &&
        !fastest_engine(settings_, arguments_.engine.options()))
        say("         no engine has been timed on this GPU yet; run `ae_cuda bench` once to find the fastest");
    say("model    {} · {} parameters · Adam, lr {} · batch {} ({} steps an epoch) · seed {}", settings_.shape.text(),
        settings_.shape.parameters(), settings_.adam.learning_rate, settings_.batch_size, plan_.order.steps_per_epoch(),
        settings_.seed);
}

void TrainRun::write_config() const {
    write_file(folder_.config(), json_text(config_json(arguments_), 2) + "\n");
}

void TrainRun::log_start(double engine_seconds) {
    events_.add("start", {{"engine", engine_->name()},
                          {"device", engine_->device()},
                          {"math", arguments_.engine.math},
                          {"process_seconds", seconds_since_process_start()},
                          {"engine_seconds", engine_seconds}});
}

void TrainRun::resume(const Checkpoint& checkpoint) {
    const std::uint64_t epochs = checkpoint.state.step / plan_.order.steps_per_epoch();
    if (checkpoint.history.size() != epochs)
        throw ModelError(fmt::format("{}: is at step {}, in epoch {}, but its history has {} epochs; it is damaged",
                                     folder_.checkpoint().string(), checkpoint.state.step, epochs + 1,
                                     checkpoint.history.size()));
    engine_->set_state(checkpoint.state);
    history_ = checkpoint.history;
    step_ = checkpoint.state.step;
    if (const auto run = checkpoint.metadata.find("run"); run != checkpoint.metadata.end()) run_ = run->second;
    find_kept_model();
    const auto best = checkpoint.metadata.find("best_epoch");
    if (best != checkpoint.metadata.end() && (!kept_ || std::to_string(kept_->epoch) != best->second))
        say("         the best weights so far, of epoch {}, are no longer in {}", best->second,
            folder_.model().string());
    events_.cut_after(static_cast<int>(history_.size()));
    events_.add("resume", {{"step", step_}, {"epoch", history_.size()}});
    say("resumed at step {} (epoch {})", step_, step_ / plan_.order.steps_per_epoch() + 1);
    if (step_ >= static_cast<std::uint64_t>(plan_.epochs) * plan_.order.steps_per_epoch())
        say("         the run has had its {} epochs; --epochs N trains on, to N in all", plan_.epochs);
}

/// The model in the folder is worth keeping where it is of an epoch of this run, known by its run and its figures.
void TrainRun::find_kept_model() {
    try {
        const Model model = load_model(folder_.model());
        const auto fact = [&](const char* key) { return fact_of(model.metadata, key); };
        for (const EpochRecord& e : history_)
            if (fact("run") == run_ && fact("epochs") == std::to_string(e.epoch) &&
                fact("val_loss") == figure_text(e.val_loss))
                kept_ = e;
    } catch (const ModelError&) {  // there is none yet, or it is of no use
    }
}

int TrainRun::run() {
    const SignalGuard signals;
    table_.emplace(folder_.metrics_csv(), history_);
    const auto start = std::chrono::steady_clock::now();
    const TrainEnd end = train(*engine_, plan_, step_, history_, *this);
    bar_.clear();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (end == TrainEnd::interrupted) return say_interrupted();
    finish(end, seconds);
    return 0;
}

void TrainRun::leave(const History& history, const std::vector<float>& best_parameters) {
    write_config();
    table_.emplace(folder_.metrics_csv(), history);
    for (const EpochRecord& e : history) events_.add("epoch", epoch_json(e));
    history_ = history;
    if (!best_parameters.empty()) kept_ = best_epoch(history);
    on_checkpoint(history_);  // before the model of a run that was here is lost
    if (kept_) {
        history_.resize(static_cast<std::size_t>(kept_->epoch));  // the model tells the figures of its own epoch
        save_model(folder_.model(), {settings_, best_parameters, provenance(), {}, selected_.scale});
        history_ = history;
    }
    finish(TrainEnd::finished, seconds_of(history_));
}

void TrainRun::on_steps(std::uint64_t step, double images_per_second) {
    step_ = step;
    if (!bar_.live()) return;
    const std::uint64_t epoch_steps = plan_.order.steps_per_epoch(), in_epoch = (step - 1) % epoch_steps + 1;
    const auto left = static_cast<double>(static_cast<std::uint64_t>(plan_.epochs) * epoch_steps - step);
    bar_.draw(fmt::format("epoch {:>2}/{}", (step - 1) / epoch_steps + 1, plan_.epochs),
              static_cast<double>(in_epoch) / static_cast<double>(epoch_steps),
              fmt::format("{} images/s, {} left", count_text(images_per_second),
                          duration_text(left * settings_.batch_size / images_per_second)));
}

void TrainRun::on_epoch(const EpochRecord& e, bool) {
    events_.add("epoch", epoch_json(e));
    table_->add(e);
    if (arguments_.keeps_best()) keep_if_best(e);
    say("epoch {:>2}/{}  loss {:.4f}  val_loss {:.4f}  val_mse {:.5f}  {} images/s", e.epoch, plan_.epochs, e.loss,
        e.val_loss, e.val_mse, count_text(e.images_per_s));
}

/// Among the epochs whose weights can still be had.
void TrainRun::keep_if_best(const EpochRecord& e) {
    if (kept_ && !(e.val_loss < kept_->val_loss)) return;
    if (folder_.replaces()) on_checkpoint(history_);  // before the model of the run that was here is lost
    save_model(folder_.model(), current_model());
    kept_ = e;
}

void TrainRun::on_checkpoint(const History& history) {
    std::map<std::string, std::string> facts = provenance();
    for (const auto& [name, value] : plan_facts(arguments_)) facts[name] = value;
    if (arguments_.keeps_best() && kept_) facts["best_epoch"] = std::to_string(kept_->epoch);
    save_checkpoint(folder_.checkpoint(), {settings_, engine_->state(), history, facts, selected_.scale});
    folder_.has_checkpoint();
}

bool TrainRun::stop_requested() {
    signal_ = agreed_signal(arguments_.engine.group);
    return signal_ != 0;
}

int TrainRun::say_interrupted() {
    say("stopped at step {}; the checkpoint is written. Continue with: ae_cuda --resume {}", step_,
        folder_.path().string());
    return 128 + signal_;
}

void TrainRun::finish(TrainEnd end, double seconds) {
    leave_model();
    const bool has_picture = !data_.test.are_rows();
    if (has_picture) draw_reconstructions();
    events_.add("end", {{"step", step_}, {"seconds", seconds}});
    const EpochRecord& best = best_epoch(history_);
    if (end == TrainEnd::stopped_early) say_stopped_early(best);
    say("done     {} · best val_loss {:.4f} in epoch {}{}", duration_text(seconds), best.val_loss, best.epoch,
        floor_ > 0 ? fmt::format(" (no model can be below {:.4f}, the entropy of the pixels)", floor_) : "");
    if (!arguments_.keeps_best() && best.epoch != history_.back().epoch)
        say("         the model is that of epoch {}, the last; --keep best leaves the best", history_.back().epoch);
    if (test_)
        say("test     loss {:.4f}  mse {:.5f}  on the test images, evaluated once, after training", test_->bce,
            test_->mse);
    say("wrote    {}: model.safetensors checkpoint.safetensors metrics.csv metrics.jsonl config.json{}",
        folder_.path().string(), has_picture ? " reconstructions.png" : "");
}

void TrainRun::say_stopped_early(const EpochRecord& best) {
    const EpochRecord& left = kept_ ? *kept_ : history_.back();
    say("stopped  no better val_loss in {} epochs; the model is that of epoch {}{}", plan_.early_stop, left.epoch,
        left.epoch == best.epoch
            ? ""
            : fmt::format("; epoch {} was better, but before --early-stop was asked for its weights were not kept",
                          best.epoch));
}

/// The last epoch's weights, or those of the best one, which on_epoch() has saved; the test images are shown to these.
void TrainRun::leave_model() {
    const bool is_saved = arguments_.keeps_best() && kept_;
    Model model = is_saved ? load_model(folder_.model()) : current_model();
    if (is_saved) {
        const std::vector<float> zeros(model.parameters.size());
        engine_->set_state({0, model.parameters, zeros, zeros, {}});
    }
    if (selected_.test) {
        const Scores scores = engine_->network().score(selected_.test->floats(0, selected_.test->count));
        test_ = Metrics{average(scores.bce), average(scores.mse)};
        model.metadata["test_loss"] = figure_text(test_->bce);
        model.metadata["test_mse"] = figure_text(test_->mse);
        events_.add("test", {{"loss", test_->bce}, {"mse", test_->mse}});
    }
    save_model(folder_.model(), model);
}

Model TrainRun::current_model() {
    return {settings_, engine_->state().parameters, provenance(), {}, selected_.scale};
}

std::map<std::string, std::string> TrainRun::provenance() const {
    std::map<std::string, std::string> facts = {{"engine", engine_->name()},
                                                {"device", engine_->device()},
                                                {"math", arguments_.engine.math},
                                                {"data", data_.name},
                                                {"data_sha256", data_.sha256},
                                                {"data_rest_sha256", selected_.rest_sha256},
                                                {"run", run_},
                                                {"command", arguments_.command},
                                                {"commit", kCommit}};
    describe_source(facts, arguments_.data.options.source, folder_.path());
    describe_images(facts, size_of(data_.train));
    describe_columns(facts, data_.train.columns);
    describe_labels(facts, data_.label_names);
    for (const auto& [name, value] : arguments_.selection.facts()) facts[name] = value;
    for (const auto& [name, value] : reading_facts(arguments_.data.options.reading)) facts[name] = value;
    if (!arguments_.init.empty()) facts["init"] = absolute_path(arguments_.init).string();
    if (!history_.empty()) {
        facts["epochs"] = std::to_string(history_.back().epoch);
        facts["val_loss"] = figure_text(history_.back().val_loss);
        facts["val_mse"] = figure_text(history_.back().val_mse);
    }
    return facts;
}

void TrainRun::draw_reconstructions() {
    const std::vector<float> originals = data_.test.floats(0, std::min(kPictureDigits, data_.test.count));
    const RebuiltImages images{originals, engine_->network().reconstruct(originals), data_.test.are_numbers()};
    write_png(folder_.picture(), reconstruction_picture(images, size_of(data_.test), settings_.shape.code_size()));
}

}  // namespace ae
