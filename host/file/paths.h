// Looks at files without opening them. Nothing in host/ but paths.cpp asks std::filesystem about a path: half of its
// functions throw if a path cannot be looked at, and only the arguments of a call show whether it does.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ae {

enum class PathKind { missing, unreadable, file, folder, other };

/// The object that a path names, links followed.
struct PathLook {
    PathKind kind = PathKind::missing;
    int error_number = 0;      ///< why it is missing or unreadable
    std::uint64_t size = 0;    ///< bytes of a file
    std::int64_t changed = 0;  ///< the last change of its content, nanoseconds since 1970
    mode_t mode = 0;
    dev_t device = 0;
    ino_t inode = 0;

    bool exists() const { return kind != PathKind::missing && kind != PathKind::unreadable; }

    /// The reason why nothing can be read there, for people: "No such file or directory".
    std::string why_not() const;
};

/// `missing` if there is no such file, `unreadable` if that cannot be told: a folder without permission, a loop
/// of links, a name that is too long.
PathLook look_at(const std::filesystem::path& path);

/// The kind of what a path names; of a circle of links, `unreadable`. Throws DataError if it cannot be told for another
/// reason: what is there would be taken for missing.
PathKind kind_of(const std::filesystem::path& path);

// By kind_of().
bool is_file(const std::filesystem::path& path);
bool is_folder(const std::filesystem::path& path);

/// Whether both name one file, under whatever names and by whatever links. False if either cannot be looked at.
bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b);

/// The entries of a folder in the order of their names, numbers in them by value. Throws DataError if it cannot be
/// read.
std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder);

/// The path that links lead to in the end; it need not exist. None if they lead round in a circle.
std::optional<std::filesystem::path> end_of_links(const std::filesystem::path& path);

/// The path from the root; the path itself if the current folder is not known.
std::filesystem::path absolute_path(const std::filesystem::path& path);

/// Creates a folder and those above it. Returns 0, or the number of the error.
int create_folders(const std::filesystem::path& folder);

/// The ending of a name in small letters: ".png" for "A.PNG".
std::string ending_of(const std::filesystem::path& path);

/// Removes a file. Returns whether it is gone now.
bool remove_file(const std::filesystem::path& path);

/// Removes a folder that holds nothing. Returns whether it is gone now.
bool remove_empty_folder(const std::filesystem::path& path);

}  // namespace ae
