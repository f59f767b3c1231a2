#include "file/paths.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

#include "ae/error.h"

namespace ae {

namespace fs = std::filesystem;

namespace {

constexpr int kMostLinks = 40;  // the number that the kernel follows

// By POSIX's functions, since std::filesystem ends the program where an entry finds no memory.
struct CloseFolder {
    void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

/// The next entry; null at the end, where the folder was not opened, and on an error.
const dirent* next(DIR* folder, int& error) {
    if (folder == nullptr) return nullptr;
    errno = 0;
    const dirent* entry = ::readdir(folder);
    if (entry == nullptr) error = errno;
    return entry;
}

PathKind path_kind(mode_t mode) {
    return S_ISREG(mode) ? PathKind::file : S_ISDIR(mode) ? PathKind::folder : PathKind::other;
}

}  // namespace

std::string PathLook::why_not() const {
    return error_number == 0 ? "" : std::strerror(error_number);
}

PathLook look_at(const fs::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0)
        return {path_kind(status.st_mode),
                0,
                static_cast<std::uint64_t>(status.st_size),
                std::int64_t(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec,
                status.st_mode,
                status.st_dev,
                status.st_ino};
    const bool is_missing = errno == ENOENT || errno == ENOTDIR;
    return {.kind = is_missing ? PathKind::missing : PathKind::unreadable, .error_number = errno};
}

PathKind kind_of(const fs::path& path) {
    const PathLook look = look_at(path);
    if (look.kind == PathKind::unreadable && look.error_number != ELOOP)
        throw DataError(fmt::format("{}: cannot be looked at: {}", path.string(), look.why_not()));
    return look.kind;
}

bool is_file(const fs::path& path) {
    return kind_of(path) == PathKind::file;
}

bool is_folder(const fs::path& path) {
    return kind_of(path) == PathKind::folder;
}

bool is_same_file(const fs::path& a, const fs::path& b) {
    const PathLook at_a = look_at(a), at_b = look_at(b);
    return at_a.exists() && at_b.exists() && at_a.device == at_b.device && at_a.inode == at_b.inode;
}

std::vector<fs::path> entries_of(const fs::path& folder) {
    std::vector<fs::path> entries;
    const std::unique_ptr<DIR, CloseFolder> open(::opendir(folder.c_str()));
    int error = open ? 0 : errno;
    for (const dirent* entry = next(open.get(), error); entry != nullptr; entry = next(open.get(), error)) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") entries.push_back(folder / name);
    }
    if (error != 0)
        throw DataError(fmt::format("{}: cannot be read: {}", folder.string(), std::generic_category().message(error)));
    std::ranges::sort(entries, [](const fs::path& a, const fs::path& b) {
        const int order = ::strverscmp(a.filename().c_str(), b.filename().c_str());
        return order != 0 ? order < 0 : a < b;
    });
    return entries;
}

std::optional<fs::path> end_of_links(const fs::path& path) {
    fs::path end = path;
    for (int i = 0; i < kMostLinks; ++i) {
        std::error_code error;
        const fs::path next = fs::read_symlink(end, error);
        if (error) return end;
        end = end.parent_path() / next;
    }
    return std::nullopt;
}

fs::path absolute_path(const fs::path& path) {
    std::error_code error;
    const fs::path whole = fs::absolute(path, error);
    return error ? path : whole.lexically_normal();
}

int create_folders(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    return error.value();
}

std::string ending_of(const fs::path& path) {
    std::string ending = path.extension().string();
    for (char& c : ending)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return ending;
}

bool remove_file(const fs::path& path) {
    return ::unlink(path.c_str()) == 0 || errno == ENOENT;
}

bool remove_empty_folder(const fs::path& path) {
    return ::rmdir(path.c_str()) == 0 || errno == ENOENT;
}

}  // namespace ae
