// The bytes of a file that a person named.
#pragma once
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>

namespace ae {

/// Bytes in a regular file. Throws DataError: missing, unreadable or not a file.
std::uint64_t input_size(const std::filesystem::path& path);

/// All bytes of a regular file. Throws DataError: missing, unreadable, not a file, or longer than `most` bytes (found
/// before anything is allocated).
std::string read_input(const std::filesystem::path& path,
                       std::uint64_t most = std::numeric_limits<std::uint64_t>::max());

/// The first bytes of a regular file, `most` of them or all that it has. Throws as read_input() does.
std::string read_beginning(const std::filesystem::path& path, std::uint64_t most);

}  // namespace ae
