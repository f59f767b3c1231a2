#include "file/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "base/terminal.h"
#include "file/paths.h"

namespace ae {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kUnfinished = ".ae_cuda-part.";
constexpr std::size_t kMostOfAName = 100;  // bytes, so that the whole name is short enough for every file system
constexpr int kMostWriters = 8;            // for one file at a time

/// A temporary file beside `target`: .NAME.ae_cuda-part.I, NAME cut between two letters if it is long.
fs::path unfinished_path(const fs::path& target, int i) {
    const std::string name = target.filename().string();
    std::size_t end = std::min(name.size(), kMostOfAName);
    while (end > 0 && end < name.size() && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;
    return target.parent_path() / fmt::format(".{}{}{}", std::string_view(name).substr(0, end), kUnfinished, i);
}

bool is_unfinished(std::string_view name) {
    const std::size_t at = name.rfind(kUnfinished);
    return at != std::string::npos && name.starts_with('.') && at > 1 && name.size() == at + kUnfinished.size() + 1 &&
           name.back() >= '0' && name.back() < '0' + kMostWriters;
}

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
        case ELOOP:
            return "choose another path";
        case ENAMETOOLONG:
            return "choose a shorter name";
        default:
            return "choose another place";
    }
}

/// Whether the file that `fd` has open is still the one that `path` names.
bool is_at(const fs::path& path, int fd) {
    struct stat there {
    }, here{};
    return ::fstat(fd, &here) == 0 && ::lstat(path.c_str(), &there) == 0 && S_ISREG(there.st_mode) &&
           there.st_dev == here.st_dev && there.st_ino == here.st_ino;
}

/// Removes an unfinished file unless its writer lives: a lock ends with the process that holds it, wherever that
/// process runs, while its number may mean nothing on this machine. Nothing is removed if the file system has no
/// locks.
void remove_unless_locked(const fs::path& unfinished) {
    const FileDescriptor fd(::open(unfinished.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (fd.valid() && ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0 && is_at(unfinished, fd.get()))
        ::unlink(unfinished.c_str());
}

/// A rename is on the disk once its folder is. File systems that cannot sync a folder say EINVAL.
void sync_folder_of(const fs::path& path) {
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    const FileDescriptor fd(open_file(folder, O_RDONLY | O_DIRECTORY));
    if (!fd.valid()) throw output_error(path, "cannot open its folder", errno);
    if (retry_interrupted([&] { return ::fsync(fd.get()); }) != 0 && errno != EINVAL)
        throw output_error(path, "cannot bring its folder to the disk", errno);
}

}  // namespace

/// The new content of a file, in a temporary file beside it that is locked until it is complete; removed if that fails.
class OutputFile::Replacement {
public:
    explicit Replacement(const fs::path& target) : target_(target) {
        for (int i = 0; i < kMostWriters; ++i) remove_unless_locked(unfinished_path(target, i));
        for (int i = 0; i < kMostWriters && !fd_.valid(); ++i) begin_as(unfinished_path(target, i));
        if (!fd_.valid()) throw output_error(target_, "cannot create it", errno);
        struct stat old {};
        if (::stat(target_.c_str(), &old) == 0) (void)::fchmod(fd_.get(), old.st_mode & 07777);
    }
    ~Replacement() {
        if (!done_) ::unlink(path_.c_str());
    }
    Replacement(const Replacement&) = delete;
    Replacement& operator=(const Replacement&) = delete;

    void write(std::string_view bytes) {
        for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kAhead))) {
            const std::string_view part = bytes.substr(0, kAhead);
            check(write_all(fd_.get(), part), "cannot write it");
            written_ += static_cast<off_t>(part.size());
            if (written_ - begun_ >= static_cast<off_t>(kAhead)) begin_sync();
        }
    }

    void finish() {
        check(retry_interrupted([&] { return ::fsync(fd_.get()); }) == 0, "cannot bring it to the disk");
        // This closes a copy: some file systems report a failed write here, and the lock must last until the file is in
        // place, so that nobody takes it for a leftover.
        check(FileDescriptor(::dup(fd_.get())).close() == 0, "cannot close it");
    }

    const fs::path& target() const { return target_; }

    void move_into_place() {
        check(::rename(path_.c_str(), target_.c_str()) == 0, "cannot move it into place");
        done_ = true;
    }

private:
    static constexpr std::size_t kAhead = std::size_t{32} << 20;

    /// Sends to the disk what was written since the last call, and waits for what that call has sent: so finish() has
    /// little left to wait for, in which a command would show nothing. Whether it succeeds, fsync() tells.
    void begin_sync() {
        if (begun_ > synced_)
            (void)::sync_file_range(fd_.get(), synced_, begun_ - synced_,
                                    SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
        (void)::sync_file_range(fd_.get(), begun_, written_ - begun_, SYNC_FILE_RANGE_WRITE);
        synced_ = std::exchange(begun_, written_);
    }

    /// Leaves fd_ invalid if another process has this name, or takes it between the two calls.
    void begin_as(const fs::path& path) {
        FileDescriptor fd(open_file(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW));
        if (!fd.valid() && errno != EEXIST) throw output_error(target_, "cannot create it", errno);
        if (!fd.valid() || (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) ||
            !is_at(path, fd.get()))
            return;
        path_ = path;
        fd_ = std::move(fd);
    }

    void check(bool ok, const std::string& act) const {
        if (!ok) throw output_error(target_, act, errno);
    }

    fs::path target_, path_;
    FileDescriptor fd_;                           // closed, and so unlocked, after the destructor's unlink
    off_t written_ = 0, begun_ = 0, synced_ = 0;  ///< bytes: written, of those sent to the disk, of those there
    bool done_ = false;
};

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

/// What an OutputFile writes to: a replacement of the file, or a device or pipe itself.
struct OutputFile::Place {
    fs::path path;
    std::optional<Replacement> replacement;
    FileDescriptor device;
};

OutputFile::OutputFile(const fs::path& path) : place_(std::make_unique<Place>()) {
    place_->path = path;
    if (is_standard_output(path)) {
        place_->device = FileDescriptor(::dup(STDOUT_FILENO));
        if (!place_->device.valid()) fail("cannot open it");
        return;
    }
    const PathLook old = look_at(path);
    if (old.kind == PathKind::folder) throw output_error(path, "cannot write it", EISDIR);
    if (old.kind == PathKind::other) {
        place_->device = FileDescriptor(open_file(path, O_WRONLY));
        if (!place_->device.valid()) fail("cannot open it");
        return;
    }
    const std::optional<fs::path> target = end_of_links(path);  // so that a link stays a link
    if (!target) throw output_error(path, "cannot write it", ELOOP);
    place_->replacement.emplace(*target);
}

OutputFile::~OutputFile() = default;

void OutputFile::fail(const char* act) const {
    const int error = errno;
    if (is_standard_output(place_->path)) fail_output(error);
    throw output_error(place_->path, act, error);
}

void OutputFile::write(std::string_view bytes) {
    if (place_->replacement)
        place_->replacement->write(bytes);
    else if (!write_all(place_->device.get(), bytes))
        fail("cannot write it");
}

void OutputFile::commit() {
    if (place_->replacement) {
        place_->replacement->finish();
        place_->replacement->move_into_place();
        sync_folder_of(place_->replacement->target());
    } else if (place_->device.close() != 0) {
        fail("cannot write it");
    }
}

bool is_standard_output(const fs::path& path) {
    return path == "-";
}

void write_file(const fs::path& path, std::string_view bytes) {
    OutputFile file(path);
    file.write(bytes);
    file.commit();
}

void remove_leftovers(const fs::path& folder) {
    if (look_at(folder).kind != PathKind::folder) return;
    try {
        for (const fs::path& entry : entries_of(folder))
            if (is_unfinished(entry.filename().string())) remove_unless_locked(entry);
    } catch (const DataError&) {  // the folder may be written to but not read
    }
}

}  // namespace ae
