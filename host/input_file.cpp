#include "input_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "ae/error.h"

namespace ae {
namespace fs = std::filesystem;

std::string read_input(const fs::path& path, std::uint64_t most) {
    const auto fail = [&](const std::string& what) { throw DataError(fmt::format("{}: {}", path.string(), what)); };
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) fail(error ? error.message() : "no such file");
    if (!fs::is_regular_file(status)) fail("is not a regular file");
    const std::uintmax_t size = fs::file_size(path, error);
    if (error) fail(error.message());
    if (size > most) fail(fmt::format("holds {} bytes; up to {} were expected", size, most));

    std::ifstream file(path, std::ios::binary);
    if (!file) fail(fmt::format("cannot be opened: {}", std::strerror(errno)));
    std::string bytes(size, '\0');
    file.read(bytes.data(), static_cast<std::streamsize>(size));
    if (file.bad()) fail(fmt::format("cannot be read: {}", std::strerror(errno)));
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    return bytes;
}

}  // namespace ae
