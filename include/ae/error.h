// Errors are exceptions, each kind with the exit code that main() returns for it.
#pragma once
#include <stdexcept>
#include <string>

namespace ae {

/// The exit codes of the program. Shells and scripts may rely on these numbers.
enum class ExitCode : int {
    ok = 0,
    unexpected = 1,     ///< a bug in ae_cuda
    usage = 2,          ///< an option or a configuration that cannot be used
    data = 3,           ///< input data missing or damaged
    model = 4,          ///< a model or checkpoint that is invalid or does not match
    gpu = 5,            ///< no usable GPU, a CUDA error, out of GPU memory
    memory = 5,         ///< out of this machine's memory
    diverged = 6,       ///< the loss is no longer a number
    check_failed = 7,   ///< a requested check failed
    output = 8,         ///< an output file cannot be written
    hung_up = 129,      ///< SIGHUP (the terminal has gone), the checkpoint is written
    interrupted = 130,  ///< SIGINT, the checkpoint is written
    reader_gone = 141,  ///< whoever read stdout has ended: as SIGPIPE would say it
    terminated = 143,   ///< SIGTERM, the checkpoint is written
};

/// Its text is one line for a person: what happened, where, what to do.
class Error : public std::runtime_error {
public:
    Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
    ExitCode code() const noexcept { return code_; }

private:
    ExitCode code_;
};

/// A kind of Error that can be caught by its name.
template <ExitCode kCode>
struct ErrorOf : Error {
    explicit ErrorOf(const std::string& message) : Error(kCode, message) {}
};

using UsageError = ErrorOf<ExitCode::usage>;
using DataError = ErrorOf<ExitCode::data>;
using ModelError = ErrorOf<ExitCode::model>;
using GpuError = ErrorOf<ExitCode::gpu>;
using DivergedError = ErrorOf<ExitCode::diverged>;
using CheckFailed = ErrorOf<ExitCode::check_failed>;
using MemoryError = ErrorOf<ExitCode::memory>;  // the same class as GpuError: neither has the room or the device
using OutputError = ErrorOf<ExitCode::output>;

}  // namespace ae
