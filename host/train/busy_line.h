// The line of work that cannot tell how far it is.
#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "train/progress.h"

namespace ae {

/// Shows on a terminal what is done and for how many seconds, `reading 12 s`, once `silence` has passed. A thread draws
/// it, because the loops of the work know nothing of it; where no thread can be had there is no line.
class BusyLine {
public:
    BusyLine(ProgressMode mode, std::string label, std::chrono::milliseconds silence);
    ~BusyLine();  ///< wipes the line
    BusyLine(const BusyLine&) = delete;
    BusyLine& operator=(const BusyLine&) = delete;

    /// A bar in its place, for a part of the work that can tell: as long as it is called every second.
    void draw(const std::string& label, double fraction, const std::string& note);

    /// The same of work that tells more rarely: the bar stays, and the seconds in it go on.
    void keep(const std::string& label, double fraction, const std::string& note);

    bool live() const { return bar_.live(); }

    /// act(), which writes other text, while the line is wiped.
    template <typename Act>
    void without(Act&& act) {
        const std::scoped_lock lock(mutex_);
        bar_.clear();
        told_bar_.clear();
        act();
    }

private:
    using Clock = std::chrono::steady_clock;

    struct Bar {
        std::string label;
        double fraction;
        std::string note;
    };

    void start();
    void show();
    void draw_now(Clock::time_point now);

    const Clock::time_point begin_ = Clock::now();
    const std::string label_;
    std::mutex mutex_;
    std::condition_variable end_;
    bool is_over_ = false;
    Clock::time_point told_{};  ///< the last call of draw()
    std::optional<Bar> kept_;
    ProgressBar bar_, told_bar_;
    std::thread thread_;
};

}  // namespace ae
