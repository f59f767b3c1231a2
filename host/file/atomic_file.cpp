#include "file/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

namespace ae {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kTemporary = ".tmp.";

template <typename Call>
auto retry_interrupted(Call call) {
    auto result = call();
    while (result < 0 && errno == EINTR) result = call();
    return result;
}

int open_file(const fs::path& path, int flags) {
    return retry_interrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0666); });
}

std::string advice(int error_number) {
    switch (error_number) {
        case ENOSPC:
        case EDQUOT:
        case EFBIG:
            return "free some space or choose another place";
        case EACCES:
        case EPERM:
        case EROFS:
            return "choose a place that you may write to";
        case ENOENT:
            return "create the folder first";
        case ENOTDIR:
        case EISDIR:
            return "choose another path";
        case ENAMETOOLONG:
            return "choose a shorter name";
        default:
            return "choose another place";
    }
}

/// The new content of a file, in a temporary file beside it until it is complete; removed if that fails.
class Replacement {
public:
    explicit Replacement(const fs::path& target)
        : target_(target),
          path_(target.parent_path() / fmt::format(".{}{}{}", target.filename().string(), kTemporary, ::getpid())) {
        ::unlink(path_.c_str());  // left by a process that had the same number
        fd_ = FileDescriptor(open_file(path_, O_WRONLY | O_CREAT | O_EXCL));
        if (!fd_.valid()) throw output_error(target_, "cannot create it", errno);
    }
    ~Replacement() {
        if (!done_) ::unlink(path_.c_str());
    }
    Replacement(const Replacement&) = delete;
    Replacement& operator=(const Replacement&) = delete;

    void write(std::string_view bytes) {
        check(write_all(fd_.get(), bytes), "cannot write it");
        check(retry_interrupted([&] { return ::fsync(fd_.get()); }) == 0, "cannot bring it to the disk");
        check(fd_.close() == 0, "cannot close it");
    }

    void move_into_place() {
        check(::rename(path_.c_str(), target_.c_str()) == 0, "cannot move it into place");
        done_ = true;
    }

private:
    void check(bool ok, const std::string& act) const {
        if (!ok) throw output_error(target_, act, errno);
    }

    fs::path target_, path_;
    FileDescriptor fd_;
    bool done_ = false;
};

/// A rename is on the disk once its folder is. File systems that cannot sync a folder say EINVAL.
void sync_folder_of(const fs::path& path) {
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    const FileDescriptor fd(open_file(folder, O_RDONLY | O_DIRECTORY));
    if (!fd.valid()) throw output_error(path, "cannot open its folder", errno);
    if (retry_interrupted([&] { return ::fsync(fd.get()); }) != 0 && errno != EINVAL)
        throw output_error(path, "cannot bring its folder to the disk", errno);
}

void write_directly(const fs::path& path, std::string_view bytes) {
    FileDescriptor fd(open_file(path, O_WRONLY));
    if (!fd.valid()) throw output_error(path, "cannot open it", errno);
    if (!write_all(fd.get(), bytes) || fd.close() != 0) throw output_error(path, "cannot write it", errno);
}

/// The file that a path names in the end, so that a link stays a link.
fs::path behind_links(const fs::path& path) {
    std::error_code error;
    const fs::path real = fs::is_symlink(path, error) ? fs::weakly_canonical(path, error) : path;
    return error ? path : real;
}

/// The process that made a temporary file; 0 if the name is not that of one.
pid_t writer_of(const std::string& name) {
    const std::size_t at = name.rfind(kTemporary);
    if (at == std::string::npos || at < 2 || name.front() != '.') return 0;
    pid_t pid = 0;
    const char *first = name.data() + at + kTemporary.size(), *last = name.data() + name.size();
    const auto [end, error] = std::from_chars(first, last, pid);
    return error == std::errc() && end == last && pid > 0 ? pid : 0;
}

bool is_gone(pid_t pid) {
    return pid == ::getpid() || (::kill(pid, 0) != 0 && errno == ESRCH);
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
        close();
        fd_ = other.release();
    }
    return *this;
}

int FileDescriptor::release() {
    return std::exchange(fd_, -1);
}

int FileDescriptor::close() {
    return fd_ < 0 ? 0 : ::close(release());
}

bool write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t n = retry_interrupted([&] { return ::write(fd, bytes.data(), bytes.size()); });
        if (n < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

OutputError output_error(const fs::path& path, const std::string& act, int error_number) {
    return OutputError(
        fmt::format("{}: {}: {}; {}", path.string(), act, std::strerror(error_number), advice(error_number)));
}

void write_file(const fs::path& path, std::string_view bytes) {
    const fs::path target = behind_links(path);
    std::error_code error;
    const fs::file_status status = fs::status(target, error);
    if (fs::is_directory(status)) throw output_error(target, "cannot write it", EISDIR);
    if (fs::exists(status) && !fs::is_regular_file(status)) return write_directly(target, bytes);
    Replacement replacement(target);
    replacement.write(bytes);
    replacement.move_into_place();
    sync_folder_of(target);
}

void remove_leftovers(const fs::path& folder) {
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
        const pid_t writer = writer_of(entry.path().filename().string());
        if (writer != 0 && is_gone(writer)) ::unlink(entry.path().c_str());
    }
}

}  // namespace ae
