// The messages of a sweep: a live line, and a line for each model that ends.
#pragma once
#include <atomic>
#include <mutex>
#include <optional>
#include <string>

#include "base/stopwatch.h"
#include "train/busy_line.h"
#include "train/sweep.h"

namespace ae {

/// Not thread-safe but for count_epochs().
class SweepProgress {
public:
    /// Epochs that models had before do not count.
    SweepProgress(const Sweep& sweep, ProgressMode mode, bool is_quiet);

    /// From any thread: models have had more epochs.
    void count_epochs(std::uint64_t more);

    /// A model has ended, or settings were dropped.
    void tell(std::size_t model);
    /// Whether models are trained side by side, and the seconds that a step of one takes in either way.
    void tell_choice(int models, bool together, double seconds_together, double seconds_alone);
    void tell_dropped(std::size_t settings, int epoch);

    /// The line is gone for good.
    void clear() noexcept { line_.reset(); }

private:
    void draw();
    /// act(), which writes other text, while the line is wiped.
    template <typename Act>
    void without_line(Act&& act) {
        line_ ? line_->without(act) : act();
    }
    void note_if_best(std::size_t model);

    const Sweep& sweep_;
    bool is_quiet_;
    std::optional<BusyLine> line_;
    Stopwatch watch_;
    std::mutex drawing_;
    std::atomic<std::uint64_t> epochs_{0};
    std::uint64_t planned_;  ///< epochs, as long as no model diverges or stops early
    std::size_t ended_;
    std::string best_;
    double best_loss_;
};

}  // namespace ae
