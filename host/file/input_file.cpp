#include "file/input_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "ae/error.h"

namespace ae {
namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const std::string& name, const std::string& what) {
    throw DataError(fmt::format("{}: {}", name, what));
}

const char* kind_of(mode_t mode) {
    if (S_ISDIR(mode)) return "is not a regular file but a folder";
    if (S_ISFIFO(mode)) return "is not a regular file but a pipe; save what comes out of it, and name that file";
    return "is not a regular file";
}

}  // namespace

InputFile::InputFile(const fs::path& path)
    : name_(path.string()), fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {
    if (!fd_.valid()) fail(name_, fmt::format("cannot be opened: {}", std::strerror(errno)));
    struct stat status {};
    if (::fstat(fd_.get(), &status) != 0) fail(name_, fmt::format("cannot be looked at: {}", std::strerror(errno)));
    if (!S_ISREG(status.st_mode)) fail(name_, kind_of(status.st_mode));
    size_ = static_cast<std::uint64_t>(status.st_size);
}

std::size_t InputFile::read(std::span<char> to) {
    std::size_t done = 0;
    while (done < to.size()) {
        const ssize_t n = ::read(fd_.get(), to.data() + done, to.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) fail(name_, fmt::format("cannot be read: {}", std::strerror(errno)));
        if (n == 0) break;
        done += static_cast<std::size_t>(n);
    }
    return done;
}

std::uint64_t input_size(const fs::path& path) {
    return InputFile(path).size();
}

std::string read_beginning(const fs::path& path, std::uint64_t most) {
    InputFile file(path);
    std::string bytes(std::min(most, file.size()), '\0');
    bytes.resize(file.read(bytes));
    return bytes;
}

std::string read_input(const fs::path& path, std::uint64_t most) {
    InputFile file(path);
    if (file.size() > most)
        fail(path.string(), fmt::format("holds {} bytes; up to {} were expected", file.size(), most));
    std::string bytes(file.size(), '\0');
    if (file.read(bytes) != bytes.size()) fail(path.string(), "became shorter while it was read");
    return bytes;
}

}  // namespace ae
