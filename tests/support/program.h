// Runs the program as a user does, and returns its answer.
#pragma once
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "temporary_folder.h"

namespace ae::test {

namespace fs = std::filesystem;

/// sweep.csv without its column of seconds.
inline std::string results_of_sweep(const fs::path& folder) {
    constexpr int kSeconds = 13;  // the column's number
    std::istringstream csv(content_of(folder / "sweep.csv"));
    std::string kept;
    for (std::string line; std::getline(csv, line);) {
        std::istringstream cells(line);
        int column = 0;
        for (std::string cell; std::getline(cells, cell, ','); ++column) kept += column == kSeconds ? "" : cell + ",";
        kept += "\n";
    }
    return kept;
}

/// The four IDX files of a made-up data set of size × size images: blurred bright blocks at random places.
inline void write_idx_folder(const fs::path& folder, int train, int test, int size, std::uint32_t seed = 1) {
    fs::create_directories(folder);
    std::mt19937 random(seed);
    const auto word = [](std::string& to, std::uint32_t value) {
        for (int shift = 24; shift >= 0; shift -= 8) to += static_cast<char>(value >> shift);
    };
    for (const auto& [name, count] : {std::pair("train", train), std::pair("t10k", test)}) {
        std::string images, labels;
        for (const std::uint32_t v : {0x803u, static_cast<std::uint32_t>(count), static_cast<std::uint32_t>(size),
                                      static_cast<std::uint32_t>(size)})
            word(images, v);
        for (const std::uint32_t v : {0x801u, static_cast<std::uint32_t>(count)}) word(labels, v);
        for (int i = 0; i < count; ++i) {
            const int label = static_cast<int>(random() % 10), row = label % size, col = static_cast<int>(random()) & 1;
            for (int p = 0; p < size * size; ++p) {
                const bool on =
                    p / size >= row - 1 && p / size <= row + 1 && p % size >= col && p % size < col + size / 2;
                images += static_cast<char>(on ? 128 + random() % 128 : 0);
            }
            labels += static_cast<char>(label);
        }
        put(folder / (std::string(name) + "-images-idx3-ubyte"), images);
        put(folder / (std::string(name) + "-labels-idx1-ubyte"), labels);
    }
}

struct Answer {
    int code = -1;  ///< exit code, or 128 + the signal that ended it
    std::string out, err;
    long peak_kilobytes = 0;  ///< the most memory that it held at a time
};

/// A running ae_cuda; ended with SIGKILL when it is still there at the end of its life. `prepare` runs in the child
/// before the program does: to take a descriptor away, ignore a signal, set a limit.
class Program {
public:
    Program(const std::vector<std::string>& arguments, const fs::path& working_folder,
            const std::vector<std::string>& environment = {}, const std::function<void()>& prepare = {})
        : folder_(working_folder) {
        pid_ = fork();
        if (pid_ == 0) run(arguments, environment, prepare);
    }
    ~Program() {
        if (pid_ > 0) kill(SIGKILL), wait();
    }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    void kill(int signal) const { ::kill(pid_, signal); }

    Answer wait() {
        int status = 0;
        rusage usage{};
        wait4(pid_, &status, 0, &usage);
        pid_ = 0;
        const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        return {code, text_of(out()), text_of(err()), usage.ru_maxrss};
    }

    std::string error_text() const { return text_of(err()); }

private:
    /// What the program has written so far; it may not even have begun.
    static std::string text_of(const fs::path& path) { return fs::exists(path) ? content_of(path) : ""; }

    fs::path out() const { return folder_ / ".stdout"; }
    fs::path err() const { return folder_ / ".stderr"; }

    [[noreturn]] void run(const std::vector<std::string>& arguments, const std::vector<std::string>& environment,
                          const std::function<void()>& prepare) const {
        const auto redirect = [](const fs::path& path, int to) {
            const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
            dup2(file, to);
        };
        redirect(out(), STDOUT_FILENO);
        redirect(err(), STDERR_FILENO);
        if (chdir(folder_.c_str()) != 0) _exit(126);
        if (prepare) prepare();
        for (const std::string& variable : environment) putenv(const_cast<char*>(variable.c_str()));
        std::vector<char*> argv{const_cast<char*>(AE_PROGRAM)};
        for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
        argv.push_back(nullptr);
        execv(AE_PROGRAM, argv.data());
        _exit(127);
    }

    fs::path folder_;
    pid_t pid_ = 0;
};

inline Answer run_program(const std::vector<std::string>& arguments, const fs::path& working_folder,
                          const std::vector<std::string>& environment = {}, const std::function<void()>& prepare = {}) {
    return Program(arguments, working_folder, environment, prepare).wait();
}

/// The same of one that is expected to succeed.
inline Answer run_program_well(const std::vector<std::string>& arguments, const fs::path& working_folder,
                               const std::function<void()>& prepare = {}) {
    Answer answer = run_program(arguments, working_folder, {}, prepare);
    EXPECT_EQ(answer.code, 0) << testing::PrintToString(arguments) << ": " << answer.err;
    return answer;
}

/// The arguments with those of an engine that every machine has.
inline std::vector<std::string> on_one_thread(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--engine", "cpu", "--threads", "1"});
    return arguments;
}

/// The standard input of a program that has not begun.
inline void from_file(const fs::path& path) {
    dup2(open(path.c_str(), O_RDONLY), STDIN_FILENO);
}

/// The same, a pipe that a child fills.
inline void from_pipe(const fs::path& path) {
    int ends[2];
    if (pipe(ends) != 0) _exit(125);
    if (fork() == 0) {
        const std::string bytes = content_of(path);
        (void)!::write(ends[1], bytes.data(), bytes.size());
        _exit(0);
    }
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
}

}  // namespace ae::test
