#include "command/sweep_progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/terminal.h"

namespace ae {

namespace {

/// Epochs of all models that are still to be trained, by the plan.
std::uint64_t epochs_left(const Sweep& sweep) {
    std::uint64_t epochs = 0;
    std::size_t settings = sweep.settings.size();
    int had = 0;
    for (const int rung : rungs_of(sweep)) {
        epochs += settings * sweep.seeds.size() * static_cast<std::uint64_t>(rung - had);
        had = rung;
        if (sweep.halving > 0)
            settings =
                (settings + static_cast<std::size_t>(sweep.halving) - 1) / static_cast<std::size_t>(sweep.halving);
    }
    std::uint64_t done = 0;
    for (const SweptModel& model : sweep.models) {
        const bool counts_as_whole = model.end != SweptEnd::open && sweep.halving == 0;
        done += static_cast<std::uint64_t>(counts_as_whole ? sweep.epochs : model.epochs());
    }
    return epochs > done ? epochs - done : 0;
}

}  // namespace

SweepProgress::SweepProgress(const Sweep& sweep, ProgressMode mode, bool is_quiet)
    : sweep_(sweep),
      is_quiet_(is_quiet),
      line_(std::in_place, is_quiet ? ProgressMode::never : mode, "training", std::chrono::milliseconds(0)),
      planned_(std::max<std::uint64_t>(1, epochs_left(sweep))),
      ended_(ended(sweep)),
      best_loss_(std::numeric_limits<double>::infinity()) {
    for (std::size_t model = 0; model < sweep.models.size(); ++model) note_if_best(model);
}

void SweepProgress::note_if_best(std::size_t number) {
    const SweptModel& model = sweep_.models[number];
    if (model.end != SweptEnd::done || !(model.val_loss() < best_loss_)) return;
    best_loss_ = model.val_loss();
    best_ = fmt::format("best {:.4f} ({})", best_loss_, sweep_.name_of(number));
}

void SweepProgress::count_epochs(std::uint64_t more) {
    epochs_ += more;
    const std::unique_lock lock(drawing_, std::try_to_lock);
    if (lock && line_ && line_->live()) draw();
}

void SweepProgress::draw() {
    const double fraction = std::min(1.0, static_cast<double>(epochs_) / static_cast<double>(planned_));
    const double left = watch_.seconds() * (1 - fraction) / std::max(fraction, 1e-9);
    line_->keep(fmt::format("{}/{} models", ended_, sweep_.models.size()), fraction,
                fmt::format("{}{} left", best_.empty() ? "" : best_ + ", ", duration_text(left)));
}

void SweepProgress::tell(std::size_t number) {
    const std::lock_guard lock(drawing_);
    const SweptModel& model = sweep_.models[number];
    const std::size_t models = sweep_.models.size();
    ++ended_;
    note_if_best(number);
    if (is_quiet_) return;
    without_line([&] {
        say("model {:>{}}/{}  {}  {}  {}", ended_, fmt::formatted_size("{}", models), models, sweep_.name_of(number),
            model.end == SweptEnd::done
                ? fmt::format("val_loss {:.4f}  val_mse {:.5f}", model.val_loss(), model.val_mse)
                : model.note,
            duration_text(model.seconds));
    });
}

void SweepProgress::tell_choice(int models, bool together, double seconds_together, double seconds_alone) {
    const std::lock_guard lock(drawing_);
    if (is_quiet_) return;
    without_line([&] {
        say("together {} models {}: a step of one takes {:.1f} µs side by side, {:.1f} µs alone", models,
            together ? "side by side" : "one after the other", 1e6 * seconds_together, 1e6 * seconds_alone);
    });
}

void SweepProgress::tell_dropped(std::size_t settings, int epoch) {
    const std::lock_guard lock(drawing_);
    ended_ = ended(sweep_);
    if (is_quiet_ || settings == 0) return;
    without_line(
        [&] { say("halving  {} of {} settings are dropped after epoch {}", settings, sweep_.settings.size(), epoch); });
}

}  // namespace ae
