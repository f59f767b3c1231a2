// The standard input, which "-" names, as a file that can be read at any place and more than once.
#pragma once
#include <filesystem>
#include <string>

#include "ae/error.h"
#include "file/atomic_file.h"

namespace ae {

/// "-"; a file of this name is ./-
bool is_standard_input(const std::filesystem::path& path);

/// A regular file is used as it is. What comes from a pipe is copied into a file without a name in $TMPDIR or /tmp,
/// which is gone when the program is: formats that begin with their size, and commands that read twice, need no other
/// way.
class StandardInput {
public:
    /// Throws UsageError for a terminal, DataError where it cannot be read, OutputError where it cannot be kept.
    StandardInput();

    /// Names the file while this lives.
    std::filesystem::path path() const;

    /// act(); an Error that names path() names the standard input instead.
    template <typename Act>
    auto by_its_name(Act act) const {
        const std::string path = this->path().string();
        try {
            return act();
        } catch (const Error& error) {
            std::string text = error.what();
            if (const std::size_t at = text.find(path); at != std::string::npos)
                text.replace(at, path.size(), "standard input");
            throw Error(error.code(), text);
        }
    }

private:
    FileDescriptor copy_;  ///< none for a regular file
};

}  // namespace ae
