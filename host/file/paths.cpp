#include "file/paths.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "ae/error.h"

namespace ae {

namespace fs = std::filesystem;

namespace {

constexpr int kMostLinks = 40;  // the number that the kernel follows

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

bool is_file(const fs::path& path) {
    return look_at(path).kind == PathKind::file;
}

bool is_folder(const fs::path& path) {
    return look_at(path).kind == PathKind::folder;
}

bool is_same_file(const fs::path& a, const fs::path& b) {
    const PathLook at_a = look_at(a), at_b = look_at(b);
    return at_a.exists() && at_b.exists() && at_a.device == at_b.device && at_a.inode == at_b.inode;
}

std::vector<fs::path> entries_of(const fs::path& folder) {
    std::vector<fs::path> entries;
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
        entries.push_back(at->path());
    if (error) throw DataError(fmt::format("{}: cannot be read: {}", folder.string(), error.message()));
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

}  // namespace ae
