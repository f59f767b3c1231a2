// The progress bar on terminals of any width: a line that is too long would leave a part of itself at every redrawing.
#include "train/progress.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "base/terminal.h"
#include "train/busy_line.h"

namespace ae {
namespace {

constexpr std::string_view kWipe = "\r\x1b[2K";

/// A terminal of that many columns, which is stderr while it lives.
class Terminal {
public:
    explicit Terminal(int columns) : stderr_(dup(STDERR_FILENO)) {
        const winsize size{24, static_cast<unsigned short>(columns), 0, 0};
        opened_ = openpty(&master_, &slave_, nullptr, nullptr, &size) == 0;
        if (opened_) dup2(slave_, STDERR_FILENO);
    }
    ~Terminal() {
        dup2(stderr_, STDERR_FILENO);
        for (const int descriptor : {stderr_, master_, slave_}) close(descriptor);
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    bool opened() const { return opened_; }

    /// What a bar has drawn on it, without the wiping at its end. The kernel hands it over piece by piece.
    std::string drawn() const {
        std::string text;
        std::array<char, 4096> bytes;
        pollfd ready{master_, POLLIN, 0};
        while (text.rfind(kWipe) == 0 || !text.ends_with(kWipe)) {
            if (poll(&ready, 1, 10000) != 1) break;
            const ssize_t count = read(master_, bytes.data(), bytes.size());
            if (count <= 0) break;
            text.append(bytes.data(), static_cast<std::size_t>(count));
        }
        EXPECT_TRUE(text.starts_with(kWipe) && text.ends_with(kWipe)) << text;
        return text.substr(0, text.rfind(kWipe));
    }

private:
    int stderr_, master_ = -1, slave_ = -1;
    bool opened_ = false;
};

/// The characters of the drawn line, each of which takes one cell.
int cells(std::string_view drawn) {
    drawn.remove_prefix(std::min(kWipe.size(), drawn.size()));
    int count = 0;
    for (const char c : drawn) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    return count;
}

TEST(ProgressBar, FitsIntoOneLineOfAnyTerminal) {
    for (const int columns : {12, 40, 80, 200}) {
        std::string drawn;
        {
            const Terminal terminal(columns);
            if (!terminal.opened()) GTEST_SKIP() << "no terminal can be made here";
            ProgressBar(ProgressMode::always)
                .draw("epoch 1/10", 0.52, "6.68 k images/s, 8.24 s left, größer als alles");
            drawn = terminal.drawn();
        }
        EXPECT_GT(cells(drawn), columns / 4) << columns;
        EXPECT_LT(cells(drawn), columns);
    }
}

TEST(ProgressBar, IsLeftOutWhereItHasNoRoom) {
    for (const auto& [columns, shown] : {std::pair{40, false}, {80, true}}) {
        std::string drawn;
        {
            const Terminal terminal(columns);
            if (!terminal.opened()) GTEST_SKIP() << "no terminal can be made here";
            ProgressBar(ProgressMode::always).draw("epoch 1/10", 0.5, "6.68 k images/s");
            drawn = terminal.drawn();
        }
        EXPECT_EQ(drawn.find("━") != std::string::npos, shown) << columns;
    }
}

TEST(BusyLine, ShowsWhatIsDoneAndForHowLong) {
    std::string drawn;
    {
        const Terminal terminal(80);
        if (!terminal.opened()) GTEST_SKIP() << "no terminal can be made here";
        {
            BusyLine line(ProgressMode::always, "reading", std::chrono::milliseconds(10));
            std::this_thread::sleep_for(std::chrono::milliseconds(1500));
        }
        drawn = terminal.drawn();
    }
    EXPECT_NE(drawn.find("reading 0 s"), std::string::npos) << drawn;
    EXPECT_NE(drawn.find("reading 1 s"), std::string::npos) << drawn;
}

TEST(BusyLine, GivesWayToABarAndToOtherText) {
    std::string drawn;
    {
        const Terminal terminal(80);
        if (!terminal.opened()) GTEST_SKIP() << "no terminal can be made here";
        {
            BusyLine line(ProgressMode::always, "reading", std::chrono::milliseconds(0));
            for (int i = 0; i < 6; ++i) {
                line.draw("download", i / 6.0, "3 MB");
                std::this_thread::sleep_for(std::chrono::milliseconds(100));
            }
            line.without([] { draw_on_terminal("found\n"); });
        }
        draw_on_terminal(kWipe);
        drawn = terminal.drawn();
    }
    EXPECT_EQ(drawn.find("reading"), std::string::npos) << drawn;
    EXPECT_NE(drawn.find("50 %"), std::string::npos) << drawn;
    EXPECT_NE(drawn.find("\x1b[2Kfound"), std::string::npos) << drawn;
}

TEST(BusyLine, KeepsTheBarOfWorkThatTellsRarely) {
    std::string drawn;
    {
        const Terminal terminal(80);
        if (!terminal.opened()) GTEST_SKIP() << "no terminal can be made here";
        {
            BusyLine line(ProgressMode::always, "training", std::chrono::milliseconds(0));
            line.keep("3/8 models", 0.5, "best 0.1");
            std::this_thread::sleep_for(std::chrono::milliseconds(1500));
        }
        drawn = terminal.drawn();
    }
    EXPECT_NE(drawn.find("3/8 models"), std::string::npos) << drawn;
    EXPECT_NE(drawn.find("50 %  1 s, best 0.1"), std::string::npos) << drawn;
}

TEST(BusyLine, DrawsNothingInShortWork) {
    const Terminal terminal(80);
    if (!terminal.opened()) GTEST_SKIP() << "no terminal can be made here";
    { BusyLine line(ProgressMode::always, "reading", std::chrono::seconds(60)); }
    draw_on_terminal(kWipe);
    draw_on_terminal(kWipe);
    EXPECT_EQ(terminal.drawn(), kWipe);
}

}  // namespace
}  // namespace ae
