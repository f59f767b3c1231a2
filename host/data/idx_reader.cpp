#include "data/idx_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>

#include "ae/error.h"
#include "file/gzip.h"
#include "file/input_file.h"

namespace ae {
namespace {

constexpr std::size_t kPiece = std::size_t(1) << 18;  // bytes that are decompressed at a time
constexpr std::uint8_t kUnsignedByte = 0x08;
constexpr int kMostDimensions = 4;

const char* type_name(std::uint8_t type) {
    switch (type) {
        case 0x09:
            return "signed bytes";
        case 0x0B:
            return "16-bit integers";
        case 0x0C:
            return "32-bit integers";
        case 0x0D:
            return "32-bit floats";
        case 0x0E:
            return "64-bit floats";
        default:
            return "an unknown type";
    }
}

}  // namespace

IdxReader::IdxReader(const std::filesystem::path& path) : name_(path.string()), file_(open(path)) {
    gzbuffer(file_.get(), static_cast<unsigned>(std::clamp<std::uint64_t>(file_size_, 512, kPiece)));
    read_dimensions(read_magic());
    count_values();
}

std::size_t IdxReader::read(std::span<std::uint8_t> to) {
    std::size_t done = 0;
    while (done < to.size()) {
        const auto want = static_cast<unsigned>(std::min(kPiece, to.size() - done));
        const int got = gzread(file_.get(), to.data() + done, want);
        check(got, want);
        if (got <= 0) break;
        done += static_cast<std::size_t>(got);
    }
    total_ += done;
    return done;
}

void IdxReader::seek(std::uint64_t value) {
    total_ = header_.size() + value;
    if (gzseek(file_.get(), static_cast<z_off_t>(total_), SEEK_SET) < 0) check(-1, 0);
}

void IdxReader::fail(const std::string& what) const {
    throw DataError(fmt::format("{}: {}", name_, what));
}

IdxReader::File IdxReader::open(const std::filesystem::path& path) {
    InputFile input(path);
    file_size_ = input.size();
    File file(gzdopen(input.descriptor(), "rb"));
    if (!file) throw std::bad_alloc();
    input.release();  // the gzFile's from here on
    return file;
}

/// Upper bound on the decompressed size of a file of this length.
std::uint64_t IdxReader::most_bytes() const {
    return is_compressed() ? file_size_ * kLargestDeflateRatio : file_size_;
}

void IdxReader::check(int got, unsigned want) const {
    int code = Z_OK;
    std::string_view text = gzerror(file_.get(), &code);  // "PATH: what is wrong"
    text.remove_prefix(std::min(text.size(), text.rfind(": ") + 2));
    if (got >= 0 && (code == Z_OK || static_cast<unsigned>(got) == want)) return;
    if (code == Z_ERRNO) fail(fmt::format("cannot be read: {}", std::strerror(errno)));
    if (code == Z_BUF_ERROR)
        fail(fmt::format("the gzip data end too early (file of {} bytes): cut short; fetch it again", file_size_));
    fail(fmt::format("the gzip data are damaged ({}); fetch the file again", text));
}

/// Adds the next `count` bytes to the header and returns how many there were.
std::size_t IdxReader::read_header(std::size_t count) {
    const std::size_t before = header_.size();
    header_.resize(before + count);
    return read(std::span(header_).subspan(before));
}

/// Reads the first four bytes and returns the number of dimensions.
int IdxReader::read_magic() {
    constexpr std::size_t kMagic = 4;
    if (const std::size_t got = read_header(kMagic); got < kMagic)
        fail(fmt::format("holds {} bytes; an IDX file begins with four and its dimensions", got));
    const std::vector<std::uint8_t>& magic = header_;
    if (magic[0] != 0 || magic[1] != 0)
        fail(fmt::format("begins with {:02x} {:02x}; an IDX file begins with 00 00 08 and its number of dimensions",
                         magic[0], magic[1]));
    if (magic[2] != kUnsignedByte)
        fail(fmt::format("holds {} (IDX type {:#04x}); unsigned bytes (0x08) were expected", type_name(magic[2]),
                         magic[2]));
    if (magic[3] < 1 || magic[3] > kMostDimensions)
        fail(fmt::format("declares {} dimensions; 1 to {} were expected", magic[3], kMostDimensions));
    return magic[3];
}

void IdxReader::read_dimensions(int count) {
    const std::vector<std::uint8_t>& bytes = header_;
    const std::size_t first = bytes.size(), size = 4 * static_cast<std::size_t>(count);
    if (read_header(size) < size) fail(fmt::format("ends within its {} dimensions: cut short", count));
    for (std::size_t i = first; i < bytes.size(); i += 4)
        dimensions_.push_back(std::uint32_t(bytes[i]) << 24 | std::uint32_t(bytes[i + 1]) << 16 |
                              std::uint32_t(bytes[i + 2]) << 8 | bytes[i + 3]);
}

/// Throws unless the file is long enough to hold the values.
void IdxReader::count_values() {
    std::string text;
    for (const std::uint32_t d : dimensions_) text += fmt::format("{}{}", text.empty() ? "" : "×", d);
    std::uint64_t values = 1;
    for (const std::uint32_t d : dimensions_) {
        if (d == 0) fail(fmt::format("declares {} values: a dimension is 0", text));
        if (__builtin_mul_overflow(values, d, &values)) fail(fmt::format("declares {} values, an overflow", text));
    }
    const std::uint64_t room = most_bytes() - std::min(most_bytes(), total_);
    if (is_compressed() && values > room)
        fail(fmt::format("declares {} = {} values, more than a gzip file of {} bytes can hold", text, values,
                         file_size_));
    if (!is_compressed() && values != room)
        fail(fmt::format("declares {} = {} values; {} bytes follow the header: {}", text, values, room,
                         room < values ? "cut short" : "too long"));
    values_ = values;
}

}  // namespace ae
