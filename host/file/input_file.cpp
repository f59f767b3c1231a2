#include "file/input_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "ae/error.h"
#include "base/cpu_info.h"

namespace ae {
namespace fs = std::filesystem;

namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& what) {
    throw DataError(fmt::format("{}: {}", name, what));
}

const char* kind_message(mode_t mode) {
    if (S_ISDIR(mode)) return "is not a regular file but a folder";
    if (S_ISFIFO(mode)) return "is not a regular file but a pipe; save its output, and name that file";
    return "is not a regular file";
}

[[noreturn]] void refuse_size(std::uint64_t bytes, const std::string& name) {
    refuse(name, fmt::format("its {} bytes do not fit into memory ({} bytes)", bytes, memory_of_machine()));
}

/// Zeros, for a file's bytes.
std::string room_for(std::uint64_t size, const std::string& name) {
    check_room(size, name);
    try {
        return std::string(size, '\0');
    } catch (const std::bad_alloc&) {
        refuse_size(size, name);
    }
}

}  // namespace

/// A system that promises more memory than it has would end the program, or others, for a file larger than all memory.
void check_room(std::uint64_t bytes, const std::string& name) {
    if (bytes > memory_of_machine()) refuse_size(bytes, name);
}

InputFile::InputFile(const fs::path& path)
    : name_(path.string()), fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {
    if (!fd_.valid()) refuse(name_, fmt::format("cannot be opened: {}", std::strerror(errno)));
    struct stat status {};
    if (::fstat(fd_.get(), &status) != 0) refuse(name_, fmt::format("cannot be looked at: {}", std::strerror(errno)));
    if (!S_ISREG(status.st_mode)) refuse(name_, kind_message(status.st_mode));
    size_ = static_cast<std::uint64_t>(status.st_size);
}

std::size_t InputFile::read(std::span<char> to) {
    std::size_t done = 0;
    while (done < to.size()) {
        const ssize_t n = ::read(fd_.get(), to.data() + done, to.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) refuse(name_, fmt::format("cannot be read: {}", std::strerror(errno)));
        if (n == 0) break;
        done += static_cast<std::size_t>(n);
    }
    return done;
}

void InputFile::read_at(std::uint64_t at, std::span<char> to) const {
    while (!to.empty()) {
        const ssize_t n = ::pread(fd_.get(), to.data(), to.size(), static_cast<off_t>(at));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) refuse(name_, fmt::format("cannot be read: {}", std::strerror(errno)));
        if (n == 0) refuse(name_, "became shorter while it was read");
        at += static_cast<std::uint64_t>(n);
        to = to.subspan(static_cast<std::size_t>(n));
    }
}

std::string InputFile::read_at(std::uint64_t at, std::uint64_t count) const {
    std::string bytes = room_for(count, name_);
    read_at(at, bytes);
    return bytes;
}

std::uint64_t input_size(const fs::path& path) {
    return InputFile(path).size();
}

std::string beginning_of(const fs::path& path, std::size_t count) {
    InputFile file(path);
    std::string bytes = room_for(std::min<std::uint64_t>(count, file.size()), path.string());
    bytes.resize(file.read(bytes));
    return bytes;
}

std::string read_input(const fs::path& path, std::uint64_t most) {
    InputFile file(path);
    if (file.size() > most)
        refuse(path.string(), fmt::format("holds {} bytes; up to {} were expected", file.size(), most));
    std::string bytes = room_for(file.size(), path.string());
    if (file.read(bytes) != bytes.size()) refuse(path.string(), "became shorter while it was read");
    return bytes;
}

}  // namespace ae
