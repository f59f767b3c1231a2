#include "train/busy_line.h"

#include <fmt/format.h>
#include <pthread.h>

#include <csignal>
#include <system_error>

namespace ae {

namespace {

constexpr auto kBetweenLooks = std::chrono::milliseconds(200);
constexpr auto kPatience = std::chrono::seconds(1);

}  // namespace

BusyLine::BusyLine(ProgressMode mode, std::string label, std::chrono::milliseconds silence)
    : label_(std::move(label)), bar_(mode, silence), told_bar_(mode, silence) {
    if (bar_.live()) start();
}

/// Signals are left to the other threads.
void BusyLine::start() {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
        thread_ = std::thread([this] { show(); });
    } catch (const std::system_error&) {  // the work goes on without the line
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void BusyLine::show() {
    std::unique_lock lock(mutex_);
    while (!end_.wait_for(lock, kBetweenLooks, [this] { return is_over_; })) {
        const Clock::time_point now = Clock::now();
        if (now - told_ < kPatience) continue;
        draw_now(now);
    }
}

void BusyLine::draw_now(Clock::time_point now) {
    const std::string seconds =
        fmt::format("{} s", std::chrono::duration_cast<std::chrono::seconds>(now - begin_).count());
    if (kept_)
        bar_.draw(kept_->label, kept_->fraction, seconds + ", " + kept_->note);
    else
        bar_.draw(label_, seconds);
}

BusyLine::~BusyLine() {
    if (thread_.joinable()) {
        {
            const std::scoped_lock lock(mutex_);
            is_over_ = true;
        }
        end_.notify_all();
        thread_.join();
    }
}

void BusyLine::draw(const std::string& label, double fraction, const std::string& note) {
    const std::scoped_lock lock(mutex_);
    told_ = Clock::now();
    told_bar_.draw(label, fraction, note);
}

void BusyLine::keep(const std::string& label, double fraction, const std::string& note) {
    const std::scoped_lock lock(mutex_);
    kept_ = {label, fraction, note};
    draw_now(Clock::now());
}

}  // namespace ae
