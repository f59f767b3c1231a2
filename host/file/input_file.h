// Reading a file that a person named.
#pragma once
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>

#include "file/atomic_file.h"

namespace ae {

/// A regular file, open for reading. A folder, a pipe or a device is refused without a wait for whoever might write
/// into it.
class InputFile {
public:
    /// Throws DataError: missing, unreadable, not a regular file.
    explicit InputFile(const std::filesystem::path& path);

    int descriptor() const { return fd_.get(); }
    std::uint64_t size() const { return size_; }

    /// Fills `to` from the end of the last read, as far as the file goes, and returns the number of bytes read. Throws
    /// DataError if the file cannot be read.
    std::size_t read(std::span<char> to);

    /// Fills `to` from the place `at`, on any number of threads at a time. Throws DataError if the file cannot be read
    /// or, although it was long enough when it was opened, ends before `to` is full: a mapping of such a file into
    /// memory would end the program with SIGBUS, which is why files are read in pieces instead, as fast as a mapping.
    void read_at(std::uint64_t at, std::span<char> to) const;

    /// `count` bytes from there. Throws also where they do not fit into memory.
    std::string read_at(std::uint64_t at, std::uint64_t count) const;

    /// Gives the descriptor away.
    int release() { return fd_.release(); }

private:
    std::string name_;
    FileDescriptor fd_;
    std::uint64_t size_ = 0;
};

/// Throws DataError where so large a part of a file does not fit into the machine's memory.
void check_room(std::uint64_t bytes, const std::string& name);

/// The number of bytes in a regular file. Throws DataError: missing, unreadable or not a file.
std::uint64_t input_size(const std::filesystem::path& path);

/// The first bytes of a file, at most `count`: 16 are enough to tell one kind from another.
/// Throws as input_size() does, or DataError if they do not fit into memory.
std::string beginning_of(const std::filesystem::path& path, std::size_t count = 16);

/// All bytes of a regular file. Throws DataError: missing, unreadable, not a file, longer than `most` bytes or
/// than memory (found before anything is allocated), or shorter at the end than at the beginning of the reading.
std::string read_input(const std::filesystem::path& path,
                       std::uint64_t most = std::numeric_limits<std::uint64_t>::max());

}  // namespace ae
