// Files that are written atomically.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "ae/error.h"

namespace ae {

/// Puts `bytes` into `path`: written beside its place, synced, renamed, the folder synced. Whatever happens, a kill or
/// a full disk included, the file then holds all of `bytes` or what it held before. A file that is replaced keeps its
/// mode, a link stays a link, and a path that names a device or a pipe is written directly. Files that killed
/// writers of the same file left are removed. Throws OutputError, which says what failed, why, and what to do.
void write_file(const std::filesystem::path& path, std::string_view bytes);

/// The same, written piece by piece: until commit() the path holds what it held before, and an OutputFile that ends
/// without commit() leaves nothing. A device, a pipe and the standard output, which "-" names, take the pieces at once.
/// Every function throws as write_file() does; where whoever read the standard output has ended, an Error of
/// ExitCode::reader_gone.
class OutputFile {
public:
    explicit OutputFile(const std::filesystem::path& path);
    ~OutputFile();
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    void write(std::string_view bytes);
    void commit();

private:
    class Replacement;
    struct Place;
    [[noreturn]] void fail(const char* act) const;

    std::unique_ptr<Place> place_;
};

/// "-"; a file of this name is ./-
bool is_standard_output(const std::filesystem::path& path);

/// Removes the files that killed writers left in `folder`: .NAME.ae_cuda-part.I on which nobody holds a lock.
void remove_leftovers(const std::filesystem::path& folder);

/// The error of a failed system call on an output, with advice that fits `error_number`.
OutputError output_error(const std::filesystem::path& path, const std::string& act, int error_number);

/// Owns a file descriptor; -1 for none.
class FileDescriptor {
public:
    explicit FileDescriptor(int fd = -1) : fd_(fd) {}
    FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept;
    ~FileDescriptor() { close(); }

    int get() const { return fd_; }
    bool valid() const { return fd_ >= 0; }
    int release();

    /// Closes it and returns what close() did; some file systems report a failed write only here.
    int close();

private:
    int fd_;
};

/// Writes all of `bytes`, however many calls it takes; false with errno set when one fails.
bool write_all(int fd, std::string_view bytes);

}  // namespace ae
