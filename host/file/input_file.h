// The bytes of a file that a person named.
#pragma once
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>

#include "file/atomic_file.h"

namespace ae {

/// A regular file, open for reading. Everything else (a folder, a pipe, a device) is refused without a wait for whoever
/// might write into it.
class InputFile {
public:
    /// Throws DataError: missing, unreadable, not a regular file.
    explicit InputFile(const std::filesystem::path& path);

    int descriptor() const { return fd_.get(); }
    std::uint64_t size() const { return size_; }

    /// Fills `to` from where the last read ended, as far as the file goes, and returns how many bytes that was. Throws
    /// DataError where the file cannot be read.
    std::size_t read(std::span<char> to);

    /// Gives the descriptor away.
    int release() { return fd_.release(); }

private:
    std::string name_;
    FileDescriptor fd_;
    std::uint64_t size_ = 0;
};

/// Bytes in a regular file. Throws DataError: missing, unreadable or not a file.
std::uint64_t input_size(const std::filesystem::path& path);

/// The first bytes of a regular file, `most` of them or all that it has; 16 tell one kind from another. Throws as
/// read_input() does.
std::string read_beginning(const std::filesystem::path& path, std::uint64_t most = 16);

/// All bytes of a regular file. Throws DataError: missing, unreadable, not a file, longer than `most` bytes (found
/// before anything is allocated), or shorter at the end than at the beginning of the reading.
std::string read_input(const std::filesystem::path& path,
                       std::uint64_t most = std::numeric_limits<std::uint64_t>::max());

}  // namespace ae
