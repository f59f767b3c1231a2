#include "file/standard_input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace ae {
namespace {

constexpr std::size_t kPieceOfAPipe = std::size_t(1) << 20;

std::filesystem::path folder_for_copies() {
    const char* const folder = std::getenv("TMPDIR");
    return folder && *folder ? folder : "/tmp";
}

/// A file without a name, or, where the file system has none, one that loses its name at once.
FileDescriptor unnamed_file(const std::filesystem::path& folder) {
    FileDescriptor file(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (file.valid()) return file;
    std::string name = (folder / "ae_cuda-stdin-XXXXXX").string();
    file = FileDescriptor(::mkostemp(name.data(), O_CLOEXEC));
    if (!file.valid()) throw output_error(folder, "cannot keep the standard input in it", errno);
    ::unlink(name.c_str());
    return file;
}

}  // namespace

bool is_standard_input(const std::filesystem::path& path) {
    return path == "-";
}

StandardInput::StandardInput() {
    struct stat status {};
    if (::fstat(STDIN_FILENO, &status) != 0)
        throw DataError(fmt::format("standard input: cannot be read: {}", std::strerror(errno)));
    if (S_ISREG(status.st_mode)) return;
    if (::isatty(STDIN_FILENO) != 0)
        throw UsageError("-: the standard input is a terminal; send it a file or a pipe: add < or |");
    const std::filesystem::path folder = folder_for_copies();
    copy_ = unnamed_file(folder);
    std::vector<char> piece(kPieceOfAPipe);
    for (;;) {
        const ssize_t n = ::read(STDIN_FILENO, piece.data(), piece.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) throw DataError(fmt::format("standard input: cannot be read: {}", std::strerror(errno)));
        if (n == 0) return;
        if (!write_all(copy_.get(), {piece.data(), static_cast<std::size_t>(n)}))
            throw output_error(folder, "cannot keep the standard input in it", errno);
    }
}

std::filesystem::path StandardInput::path() const {
    return fmt::format("/proc/self/fd/{}", copy_.valid() ? copy_.get() : STDIN_FILENO);
}

}  // namespace ae
