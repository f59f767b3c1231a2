// Looks at files without opening them. Nothing in host/ but paths.cpp asks std::filesystem about a path: half of its
// functions throw where a path cannot be looked at, and which one a call means shows only in its arguments.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ae {

enum class PathKind { missing, unreadable, file, folder, other };

/// What a path names, links followed.
struct PathLook {
    PathKind kind = PathKind::missing;
    int error_number = 0;      ///< why it is missing or unreadable
    std::uint64_t size = 0;    ///< of a file
    std::int64_t changed = 0;  ///< nanoseconds since 1970, the last change of its content
    mode_t mode = 0;
    dev_t device = 0;
    ino_t inode = 0;

    bool exists() const { return kind != PathKind::missing && kind != PathKind::unreadable; }

    /// Why nothing can be read there, for people: "No such file or directory".
    std::string why_not() const;
};

/// `missing` where there is no such file, `unreadable` where that cannot be told: a folder without permission, a loop
/// of links, a name that is too long.
PathLook look_at(const std::filesystem::path& path);

bool is_file(const std::filesystem::path& path);
bool is_folder(const std::filesystem::path& path);

/// Whether both name one file, under whatever names and by whatever links. False where either cannot be looked at.
bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b);

/// What lies in a folder, in the order of the names, numbers in them by value. Throws DataError where it cannot be
/// read.
std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder);

/// The path that links lead to in the end; it need not exist. None where they lead round in a circle.
std::optional<std::filesystem::path> end_of_links(const std::filesystem::path& path);

/// Seen from the root; the path itself where the current folder is not known.
std::filesystem::path absolute_path(const std::filesystem::path& path);

/// Creates a folder and those above it. 0, or the number of the error.
int create_folders(const std::filesystem::path& folder);

/// The ending of a name in small letters: ".png" of "A.PNG".
std::string ending_of(const std::filesystem::path& path);

/// Whether it is gone now.
bool remove_file(const std::filesystem::path& path);

}  // namespace ae
