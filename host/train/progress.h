// The progress bar on stderr, drawn only on a terminal.
#pragma once
#include <chrono>
#include <string>

namespace ae {

enum class ProgressMode { automatic, always, never };

/// `automatic` draws on a terminal unless $CI is set or $TERM is "dumb".
/// Throws UsageError when `text` is not one of auto, always, never.
ProgressMode parse_progress(const std::string& text);

/// One line that is drawn again and again, at most ten times a second, and wiped before other text.
class ProgressBar {
public:
    /// Nothing is drawn before `silence` has passed: short work needs no bar.
    explicit ProgressBar(ProgressMode mode, std::chrono::milliseconds silence = {});
    ~ProgressBar();
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    /// `label ━━━━━╌╌╌╌ 52%  note`
    void draw(const std::string& label, double fraction, const std::string& note);

    /// `label note`, of work that cannot tell how far it is.
    void draw(const std::string& label, const std::string& note);

    void clear() noexcept;
    bool live() const { return live_; }

private:
    bool is_due();
    void show(const std::string& line);

    using Clock = std::chrono::steady_clock;

    bool live_;
    bool drawn_ = false;
    Clock::time_point next_;
};

/// Columns of the terminal on stderr; 80 if there is none.
int terminal_columns();

/// "0.42 s", "1 min 05 s", "2 h 03 min"
std::string duration_text(double seconds);

/// "1.9 M", "102 k", "730": three digits and a unit.
std::string count_text(double count);

}  // namespace ae
