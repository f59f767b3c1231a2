#include "train/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include "ae/error.h"
#include "base/terminal.h"
#include "base/text.h"

namespace ae {

namespace {

constexpr int kBarCells = 24;
constexpr auto kBetweenDraws = std::chrono::milliseconds(100);

bool is_live(ProgressMode mode) {
    if (mode != ProgressMode::automatic) return mode == ProgressMode::always;
    const char* term = std::getenv("TERM");
    return isatty(STDERR_FILENO) != 0 && std::getenv("CI") == nullptr && std::string_view(term ? term : "") != "dumb";
}

/// Cuts a text to the terminal's width: the first part of a longer line would stay on the screen when it is redrawn.
std::string cut_to(const std::string& text, std::size_t most) {
    std::size_t seen = 0;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (begins_character(text[i]) && seen++ == most) return text.substr(0, i);
    return text;
}

std::string bar(double fraction) {
    const int full = std::clamp(static_cast<int>(std::lround(fraction * kBarCells)), 0, kBarCells);
    std::string text;
    for (int i = 0; i < kBarCells; ++i) text += i < full ? "━" : "╌";
    return text;
}

}  // namespace

int terminal_columns() {
    winsize size = {};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

ProgressMode parse_progress(const std::string& text) {
    if (text == "auto") return ProgressMode::automatic;
    if (text == "always") return ProgressMode::always;
    if (text == "never") return ProgressMode::never;
    throw UsageError(fmt::format("progress: '{}' is not one of auto, always, never", text));
}

ProgressBar::ProgressBar(ProgressMode mode, std::chrono::milliseconds silence)
    : live_(is_live(mode)), next_(Clock::now() + silence) {}

ProgressBar::~ProgressBar() {
    clear();
}

void ProgressBar::draw(const std::string& label, double fraction, const std::string& note) {
    if (!is_due()) return;
    const std::string head = printable(label) + ' ', tail = fmt::format(" {:3.0f} %  {}", 100 * fraction, note);
    const std::size_t columns = static_cast<std::size_t>(terminal_columns());
    const bool fits = characters(head) + characters(tail) + kBarCells < columns;
    show(head + (fits ? bar(fraction) : "") + tail);
}

void ProgressBar::draw(const std::string& label, const std::string& note) {
    if (is_due()) show(printable(label) + ' ' + note);
}

bool ProgressBar::is_due() {
    if (!live_ || Clock::now() < next_) return false;
    next_ = Clock::now() + kBetweenDraws;
    return true;
}

void ProgressBar::show(const std::string& line) {
    drawn_ = true;
    draw_on_terminal(fmt::format("\r\x1b[2K{}", cut_to(line, static_cast<std::size_t>(terminal_columns()) - 1)));
}

void ProgressBar::clear() noexcept {
    if (!drawn_) return;
    drawn_ = false;
    draw_on_terminal("\r\x1b[2K");
}

std::string duration_text(double seconds) {
    if (seconds < 60) return fmt::format("{:.{}f} s", seconds, seconds < 10 ? 2 : 0);
    const auto whole = static_cast<long>(std::lround(seconds));
    if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
    return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string count_text(double count) {
    const auto [scale, unit] = count >= 1e6   ? std::pair(1e6, " M")
                               : count >= 1e3 ? std::pair(1e3, " k")
                                              : std::pair(1.0, "");
    const double value = count / scale;
    return fmt::format("{:.{}f}{}", value, value < 10 && scale > 1 ? 2 : value < 100 && scale > 1 ? 1 : 0, unit);
}

}  // namespace ae
