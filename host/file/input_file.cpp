#include "file/input_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <new>

#include "ae/error.h"
#include "base/cpu_info.h"

namespace ae {
namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const fs::path& path, const std::string& what) {
    throw DataError(fmt::format("{}: {}", path.string(), what));
}

/// Where memory is given before it is there, a file larger than all of it would end the program, or others.
std::string room_for(std::uint64_t size, const fs::path& path) {
    const std::uint64_t memory = memory_of_machine();
    try {
        if (size <= memory) return std::string(size, '\0');
    } catch (const std::bad_alloc&) {
    }
    fail(path, fmt::format("its {} bytes do not fit into memory ({} bytes)", size, memory));
}

}  // namespace

std::uint64_t input_size(const fs::path& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) fail(path, error ? error.message() : "no such file");
    if (!fs::is_regular_file(status)) fail(path, "is not a regular file");
    const std::uintmax_t size = fs::file_size(path, error);
    if (error) fail(path, error.message());
    return size;
}

std::string read_input(const fs::path& path, std::uint64_t most) {
    const std::uint64_t size = input_size(path);
    if (size > most) fail(path, fmt::format("holds {} bytes; up to {} were expected", size, most));
    return read_beginning(path, size);
}

std::string read_beginning(const fs::path& path, std::uint64_t most) {
    const std::uint64_t size = std::min(most, input_size(path));
    std::ifstream file(path, std::ios::binary);
    if (!file) fail(path, fmt::format("cannot be opened: {}", std::strerror(errno)));
    std::string bytes = room_for(size, path);
    file.read(bytes.data(), static_cast<std::streamsize>(size));
    if (file.bad()) fail(path, fmt::format("cannot be read: {}", std::strerror(errno)));
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    return bytes;
}

}  // namespace ae
