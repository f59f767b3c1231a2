// The line of work that cannot tell how far it is.
#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
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

    void start();
    void show();

    const Clock::time_point begin_ = Clock::now();
    const std::string label_;
    std::mutex mutex_;
    std::condition_variable end_;
    bool is_over_ = false;
    Clock::time_point told_{};  ///< the last call of draw()
    ProgressBar bar_, told_bar_;
    std::thread thread_;
};

}  // namespace ae
