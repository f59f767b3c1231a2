// The reading half of safetensors.h. Nothing is trusted before it was checked. The checks and their order are those of
// the reference, so that both accept the same files; only keys that occur twice are refused here alone.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <tuple>
#include <utility>

#include "ae/error.h"
#include "file/atomic_file.h"
#include "file/safetensors.h"
#include "file/safetensors_header.h"

namespace ae {

namespace {

constexpr std::size_t kPrefix = 8;  // the header's length

/// Every byte of the buffer belongs to exactly one tensor. Returns the buffer's length.
std::uint64_t check_places(std::vector<TensorPlace>& places, const std::string& name) {
    std::sort(places.begin(), places.end(), [](const TensorPlace& a, const TensorPlace& b) {
        return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
    });
    std::uint64_t end = 0;
    for (const TensorPlace& place : places) {
        if (place.begin != end || place.end < place.begin)
            throw ModelError(
                fmt::format("{}: tensor {} lies at bytes {} to {} of the data, expected it to begin at {} "
                            "(tensors must not overlap and leave no holes)",
                            name, in_quotes(place.name), place.begin, place.end, end));
        end = place.end;
    }
    for (const TensorPlace& place : places) {
        const auto size = byte_size(place.dtype, place.shape);
        if (!size) throw ModelError(fmt::format("{}: tensor {} has an impossible shape", name, in_quotes(place.name)));
        if (*size != place.end - place.begin)
            throw ModelError(fmt::format("{}: tensor {} takes {} bytes, its shape and dtype need {}", name,
                                         in_quotes(place.name), place.end - place.begin, *size));
    }
    return end;
}

/// The header's length, from the first bytes of a file of `file_size` bytes.
std::uint64_t header_length(std::string_view bytes, std::uint64_t file_size, const std::string& name) {
    if (file_size < kPrefix)
        throw ModelError(fmt::format("{}: {} bytes are too few for a safetensors file", name, file_size));
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof length);
    if (length > kLargestTensorHeader)
        throw ModelError(
            fmt::format("{}: its header claims {} bytes, more than the {} allowed; is it a safetensors file?", name,
                        length, kLargestTensorHeader));
    if (length > file_size - kPrefix)
        throw ModelError(fmt::format("{}: its header claims {} bytes, the file has only {} more; it was cut short",
                                     name, length, file_size - kPrefix));
    return length;
}

[[noreturn]] void cannot_read(const std::string& name, const std::string& why) {
    throw ModelError(fmt::format("{}: cannot read it: {}", name, why));
}

void read_exactly(int fd, std::span<char> to, const std::string& name) {
    while (!to.empty()) {
        const ssize_t n = ::read(fd, to.data(), to.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) cannot_read(name, std::strerror(errno));
        if (n == 0) cannot_read(name, "it became shorter while it was read");
        to = to.subspan(static_cast<std::size_t>(n));
    }
}

/// The header, once it is known to fit a file of `file_size` bytes, its tensors in the order of their places.
TensorHeader checked_header(std::string_view text, std::uint64_t file_size, const std::string& name) {
    TensorHeader header = read_tensor_header(text, name);
    const std::uint64_t end = check_places(header.places, name), room = file_size - kPrefix - text.size();
    if (end > room)
        throw ModelError(fmt::format("{}: its tensors need {} bytes, {} are there; it was cut short", name, end, room));
    if (end < room)
        throw ModelError(fmt::format("{}: {} bytes follow its last tensor, expected none", name, room - end));
    return header;
}

TensorFile take_apart(TensorHeader header, std::string_view buffer) {
    TensorFile file{std::move(header.metadata), {}};
    for (TensorPlace& place : header.places)
        file.tensors[std::move(place.name)] = {place.dtype, std::move(place.shape),
                                               std::string(buffer.substr(place.begin, place.end - place.begin))};
    return file;
}

/// Checks the header before it takes memory for the rest: a file of another kind may be large.
TensorFile read_file(const std::filesystem::path& path) {
    const std::string name = path.string();
    const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (!fd.valid() || ::fstat(fd.get(), &status) != 0) cannot_read(name, std::strerror(errno));
    if (!S_ISREG(status.st_mode)) cannot_read(name, "not a regular file");
    const auto size = static_cast<std::size_t>(status.st_size);
    std::string prefix(std::min(size, kPrefix), '\0');
    read_exactly(fd.get(), prefix, name);
    std::string text(header_length(prefix, size, name), '\0');
    read_exactly(fd.get(), text, name);
    TensorHeader header = checked_header(text, size, name);
    std::string buffer(size - kPrefix - text.size(), '\0');
    read_exactly(fd.get(), buffer, name);
    return take_apart(std::move(header), buffer);
}

}  // namespace

TensorFile parse_safetensors(std::string_view bytes, const std::string& name) {
    const std::uint64_t length = header_length(bytes, bytes.size(), name);
    return take_apart(checked_header(bytes.substr(kPrefix, length), bytes.size(), name),
                      bytes.substr(kPrefix + length));
}

TensorFile read_safetensors(const std::filesystem::path& path) {
    try {
        return read_file(path);
    } catch (const std::bad_alloc&) {
        throw ModelError(fmt::format("{}: does not fit into memory", path.string()));
    }
}

}  // namespace ae
