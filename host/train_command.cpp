// ae_cuda train: from options to a run folder with model, checkpoint, metrics and picture.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include "ae/checkpoint.h"
#include "ae/error.h"
#include "ae/model.h"
#include "ae/trainer.h"
#include "ae/version.h"
#include "commands.h"
#include "metrics_log.h"
#include "picture.h"
#include "preset_arguments.h"
#include "provenance.h"
#include "run_folder.h"
#include "signals.h"
#include "train_arguments.h"

namespace ae {

namespace {

constexpr int kPictureDigits = 10;

ProgressMode shown_progress(const TrainArguments& arguments) {
    return arguments.quiet ? ProgressMode::never : parse_progress(arguments.progress);
}

class Run final : public TrainObserver {
public:
    Run(const TrainArguments& arguments, const RunFolder& folder, const Dataset& data, std::unique_ptr<Engine> engine)
        : arguments_(arguments),
          settings_(arguments.settings),
          folder_(folder),
          events_(folder.metrics_jsonl()),
          bar_(shown_progress(arguments)),
          data_(data),
          floor_(entropy_floor(data.test)),
          engine_(std::move(engine)) {
        plan_.epochs = arguments.epochs;
        plan_.order = {settings_.seed, static_cast<std::uint32_t>(data.train.count),
                       static_cast<std::uint32_t>(settings_.batch_size)};
        plan_.checkpoint_every = parse_checkpoint_every(arguments.checkpoint_every, plan_.order.steps_per_epoch());
        plan_.early_stop = arguments.early_stop;
        const StepRange profile = parse_steps(arguments.profile_steps);
        plan_.profile_first = profile.first, plan_.profile_last = profile.last;
    }

    void resume(const Checkpoint& checkpoint) {
        engine_->set_state(checkpoint.state);
        history_ = checkpoint.history;
        step_ = checkpoint.state.step;
        events_.add("resume", {{"step", step_}, {"epoch", history_.size()}});
        say("resumed at step {} (epoch {})", step_, step_ / plan_.order.steps_per_epoch() + 1);
    }

    void introduce() {
        if (arguments_.engine.engine == "auto" && !why_no_gpu().empty())
            say("No GPU: {}; training on the CPU.", why_no_gpu());
        say("engine   {} on {} · {}", engine_->name(), engine_->device(), arguments_.engine.math);
        say("model    {} · {} parameters · Adam, lr {} · batch {} ({} steps an epoch) · seed {}",
            settings_.shape.text(), settings_.shape.parameters(), settings_.adam.learning_rate, settings_.batch_size,
            plan_.order.steps_per_epoch(), settings_.seed);
    }

    int run() {
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

    // --- TrainObserver ----------------------------------------------------------------------------------------------
    void on_steps(std::uint64_t step, double images_per_second) override {
        step_ = step;
        if (!bar_.live()) return;
        const std::uint64_t epoch_steps = plan_.order.steps_per_epoch(), in_epoch = (step - 1) % epoch_steps + 1;
        const auto left = static_cast<double>(static_cast<std::uint64_t>(plan_.epochs) * epoch_steps - step);
        bar_.draw(fmt::format("epoch {:>2}/{}", (step - 1) / epoch_steps + 1, plan_.epochs),
                  static_cast<double>(in_epoch) / static_cast<double>(epoch_steps),
                  fmt::format("{} images/s, {} left", count_text(images_per_second),
                              duration_text(left * settings_.batch_size / images_per_second)));
    }

    void on_epoch(const EpochRecord& e, bool is_best) override {
        events_.add("epoch", epoch_json(e));
        table_->add(e);
        if (is_best && plan_.early_stop > 0) save_model();
        say("epoch {:>2}/{}  loss {:.4f}  val_loss {:.4f}  val_mse {:.5f}  {} images/s", e.epoch, plan_.epochs, e.loss,
            e.val_loss, e.val_mse, count_text(e.images_per_s));
    }

    void on_checkpoint(const History& history) override {
        save_checkpoint(folder_.checkpoint(), {settings_, engine_->state(), history, provenance()});
    }

    bool stop_requested() override { return SignalGuard::received() != 0; }

private:
    template <typename... Args>
    void say(fmt::format_string<Args...> text, Args&&... args) {
        bar_.clear();
        if (!arguments_.quiet) fmt::print(stderr, "{}\n", fmt::format(text, std::forward<Args>(args)...));
    }

    int say_interrupted() {
        say("stopped at step {}; the checkpoint is written. Go on with: ae_cuda --resume {} --epochs {}", step_,
            folder_.path().string(), plan_.epochs);
        return 128 + SignalGuard::received();
    }

    void finish(TrainEnd end, double seconds) {
        if (plan_.early_stop == 0) save_model();
        draw_reconstructions();
        events_.add("end", {{"step", step_}, {"seconds", seconds}});
        const auto best = std::min_element(history_.begin(), history_.end(),
                                           [](const auto& a, const auto& b) { return a.val_loss < b.val_loss; });
        if (end == TrainEnd::stopped_early)
            say("stopped  no better val_loss in {} epochs; the model is that of epoch {}", plan_.early_stop,
                best->epoch);
        say("done     {} · best val_loss {:.4f} in epoch {} (no model can be below {:.4f}, the entropy of the pixels)",
            duration_text(seconds), best->val_loss, best->epoch, floor_);
        say("wrote    {}: model.safetensors checkpoint.safetensors metrics.csv metrics.jsonl config.json "
            "reconstructions.png",
            folder_.path().string());
    }

    void save_model() { ae::save_model(folder_.model(), {settings_, engine_->state().parameters, provenance()}); }

    std::map<std::string, std::string> provenance() const {
        std::map<std::string, std::string> facts = {{"engine", engine_->name()},
                                                    {"device", engine_->device()},
                                                    {"math", arguments_.engine.math},
                                                    {"data", data_.name},
                                                    {"data_source", arguments_.data.options.source},
                                                    {"data_sha256", data_.sha256}};
        if (!history_.empty()) {
            facts["epochs"] = std::to_string(history_.back().epoch);
            facts["val_loss"] = fmt::format("{:.9g}", history_.back().val_loss);
            facts["val_mse"] = fmt::format("{:.9g}", history_.back().val_mse);
        }
        return facts;
    }

    void draw_reconstructions() {
        const std::vector<float> originals = data_.test.floats(0, std::min(kPictureDigits, data_.test.count));
        const std::array rows{originals, engine_->reconstruct(originals)};
        write_png(folder_.picture(), digit_grid(rows, {data_.test.width, data_.test.height}));
    }

    const TrainArguments& arguments_;
    const Settings& settings_;
    const RunFolder& folder_;
    EventLog events_;
    std::optional<EpochTable> table_;  ///< from when the history is known
    ProgressBar bar_;
    const Dataset& data_;
    double floor_;
    std::unique_ptr<Engine> engine_;
    TrainPlan plan_;
    History history_;
    std::uint64_t step_ = 0;
};

/// Where a new run lives: what --out names, else a folder named by the time.
RunFolder new_folder(const TrainArguments& arguments) {
    if (arguments.out.empty()) return RunFolder::named_by_time();
    return RunFolder(arguments.out, arguments.force ? EarlierRun::replace : EarlierRun::refuse);
}

/// Throws ModelError where the run was asked to go on with other settings.
void check_same(const Settings& saved, const Settings& asked, const RunFolder& folder) {
    const std::vector<std::string> different = differences(saved, asked);
    if (different.empty()) return;
    throw ModelError(fmt::format("{}: cannot go on with other settings: {}; leave them out, or start a new run",
                                 folder.checkpoint().string(), fmt::join(different, "; ")));
}

void check_same_data(const Checkpoint& checkpoint, const Dataset& data, const RunFolder& folder) {
    const std::string& saved = checkpoint.metadata.at("data_sha256");
    if (saved == data.sha256) return;
    throw ModelError(fmt::format("{}: was trained on other images ({}, SHA-256 {}…) than those of {} ({}…)",
                                 folder.checkpoint().string(), checkpoint.metadata.at("data"), saved.substr(0, 12),
                                 data.name, data.sha256.substr(0, 12)));
}

/// What a resumed run was started with, where this command line says nothing else.
void take_over(TrainArguments& arguments, const Checkpoint& checkpoint, const CommandLine& line) {
    const auto take = [&](const char* option, const char* key, std::string& value) {
        const auto at = checkpoint.metadata.find(key);
        if (!line.given(option) && at != checkpoint.metadata.end()) value = at->second;
    };
    take("--data", "data_source", arguments.data.options.source);
    take("--engine", "engine", arguments.engine.engine);
    take("--math", "math", arguments.engine.math);
    arguments.settings = override_settings(checkpoint.settings, arguments, line);
}

void write_config(const RunFolder& folder, const TrainArguments& arguments) {
    const nlohmann::ordered_json config = {{"version", kVersion},
                                           {"commit", kCommit},
                                           {"preset", arguments.preset},
                                           {"epochs", arguments.epochs},
                                           {"data", arguments.data.options.source},
                                           {"engine", arguments.engine.engine},
                                           {"math", arguments.engine.math},
                                           {"checkpoint_every", arguments.checkpoint_every},
                                           {"early_stop", arguments.early_stop},
                                           {"settings", settings_json(arguments.settings)}};
    write_file(folder.config(), config.dump(2) + "\n");
}

/// Locks the run's folder and takes over what it was trained with.
Checkpoint reopen(const RunFolder& folder, TrainArguments& arguments, const CommandLine& line) {
    Checkpoint checkpoint = load_checkpoint(folder.checkpoint());
    take_over(arguments, checkpoint, line);
    check_same(checkpoint.settings, arguments.settings, folder);
    return checkpoint;
}

/// A learning rate that falls reaches 0 at the end of the run, which a resumed run cannot move.
void set_decay_steps(TrainArguments& arguments, const Dataset& data, const Settings* resumed) {
    Settings& settings = arguments.settings;
    if (settings.adam.decay == Decay::constant) return;
    const Order order{settings.seed, static_cast<std::uint32_t>(data.train.count),
                      static_cast<std::uint32_t>(settings.batch_size)};
    settings.adam.decay_steps = static_cast<std::uint64_t>(arguments.epochs) * order.steps_per_epoch();
    if (resumed && resumed->adam.decay_steps != settings.adam.decay_steps)
        throw ModelError(fmt::format(
            "the learning rate of this run falls to 0 in {} epochs; resume it with --epochs {}",
            resumed->adam.decay_steps / order.steps_per_epoch(), resumed->adam.decay_steps / order.steps_per_epoch()));
}

int run_training(TrainArguments& arguments, const CommandLine& line) {
    std::optional<RunFolder> folder;
    std::optional<Checkpoint> checkpoint;
    if (arguments.resume) {
        folder.emplace(resumed_folder(arguments), EarlierRun::continue_);
        checkpoint = reopen(*folder, arguments, line);
    }
    if (!arguments.quiet) fmt::print(stderr, "ae_cuda  {}\n", version_text());
    const Dataset data = arguments.data.load(shown_progress(arguments), arguments.quiet);
    if (checkpoint) check_same_data(*checkpoint, data, *folder);
    set_decay_steps(arguments, data, checkpoint ? &checkpoint->settings : nullptr);
    auto engine = make_engine(arguments.engine.engine, arguments.settings, arguments.engine.options(), data);
    if (!folder) folder.emplace(new_folder(arguments));  // after all that can go wrong, so that no empty one is left
    Run run(arguments, *folder, data, std::move(engine));
    write_config(*folder, arguments);
    run.introduce();
    if (checkpoint) run.resume(*checkpoint);
    return run.run();
}

}  // namespace

int train_command(const Arguments& arguments) {
    TrainArguments options;
    CommandLine line("train", "Trains the autoencoder and leaves a run folder: model, checkpoint, metrics, picture.",
                     "ae_cuda --epochs 10 --out runs/first        (the same as ae_cuda train …)\n"
                     "  ae_cuda --resume runs/first --epochs 20");
    apply_preset(options, arguments);
    options.add_to(line);
    if (!line.read(arguments)) return 0;
    options.settings = asked_settings(options);
    parse_steps(options.profile_steps);
    parse_checkpoint_every(options.checkpoint_every, 1);
    return run_training(options, line);
}

}  // namespace ae
