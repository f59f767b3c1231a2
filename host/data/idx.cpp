// IDX, the format of MNIST: 00 00, a type, a number of dimensions, the dimensions (big-endian), the values.
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <new>

#include "ae/dataset.h"
#include "ae/error.h"
#include "file/gzip.h"
#include "file/input_file.h"
#include "file/sha256.h"

namespace ae {
namespace {

constexpr std::size_t kPiece = std::size_t(1) << 18;  // decompressed and hashed while it is in the cache
constexpr std::size_t kStep = std::size_t(1) << 26;
constexpr std::uint8_t kUnsignedByte = 0x08;
constexpr int kMostDimensions = 4;

/// The bytes of a file, decompressed where it begins as gzip does, hashed as they pass.
class Reader {
public:
    explicit Reader(const std::filesystem::path& path) : name_(path.string()), file_(open(path)) {
        gzbuffer(file_.get(), static_cast<unsigned>(std::clamp<std::uint64_t>(file_size_, 512, kPiece)));
    }

    /// Fills `to` as far as the file goes and returns the number of bytes.
    std::size_t read(std::span<std::uint8_t> to) {
        std::size_t done = 0;
        while (done < to.size()) {
            const auto want = static_cast<unsigned>(std::min(kPiece, to.size() - done));
            const int got = gzread(file_.get(), to.data() + done, want);
            check(got, want);
            if (got <= 0) break;
            hash_.update(std::as_bytes(to.subspan(done, static_cast<std::size_t>(got))));
            done += static_cast<std::size_t>(got);
        }
        total_ += done;
        return done;
    }

    /// Upper bound on the decompressed size of a file of this length.
    std::uint64_t most_bytes() const { return compressed() ? file_size_ * kLargestDeflateRatio : file_size_; }
    bool compressed() const { return gzdirect(file_.get()) == 0; }
    std::uint64_t file_size() const { return file_size_; }
    std::uint64_t total() const { return total_; }
    std::string sha256() { return hash_.hex(); }

    [[noreturn]] void fail(const std::string& what) const { throw DataError(fmt::format("{}: {}", name_, what)); }

private:
    struct Close {
        void operator()(gzFile file) const noexcept { gzclose_r(file); }
    };
    using File = std::unique_ptr<gzFile_s, Close>;

    File open(const std::filesystem::path& path) {
        InputFile input(path);
        file_size_ = input.size();
        File file(gzdopen(input.descriptor(), "rb"));
        if (!file) throw std::bad_alloc();
        input.release();  // the gzFile's from here on
        return file;
    }

    void check(int got, unsigned want) const {
        int code = Z_OK;
        std::string_view text = gzerror(file_.get(), &code);  // "PATH: what is wrong"
        text.remove_prefix(std::min(text.size(), text.rfind(": ") + 2));
        if (got >= 0 && (code == Z_OK || static_cast<unsigned>(got) == want)) return;
        if (code == Z_ERRNO) fail(fmt::format("cannot be read: {}", std::strerror(errno)));
        if (code == Z_BUF_ERROR)
            fail(fmt::format("the gzip data end too early (file of {} bytes): cut short; fetch it again", file_size_));
        fail(fmt::format("the gzip data are damaged ({}); fetch the file again", text));
    }

    std::string name_;
    std::uint64_t file_size_ = 0;
    File file_;
    std::uint64_t total_ = 0;
    Sha256 hash_;
};

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

/// Reads the first four bytes and returns the number of dimensions.
int read_magic(Reader& file) {
    std::array<std::uint8_t, 4> magic{};
    if (const std::size_t got = file.read(magic); got < magic.size())
        file.fail(fmt::format("holds {} bytes; an IDX file begins with four and its dimensions", got));
    if (magic[0] != 0 || magic[1] != 0)
        file.fail(
            fmt::format("begins with {:02x} {:02x}; an IDX file begins with 00 00 08 and its number of dimensions",
                        magic[0], magic[1]));
    if (magic[2] != kUnsignedByte)
        file.fail(fmt::format("holds {} (IDX type {:#04x}); unsigned bytes (0x08) were expected", type_name(magic[2]),
                              magic[2]));
    if (magic[3] < 1 || magic[3] > kMostDimensions)
        file.fail(fmt::format("declares {} dimensions; 1 to {} were expected", magic[3], kMostDimensions));
    return magic[3];
}

std::vector<std::uint32_t> read_dimensions(Reader& file, int count) {
    std::vector<std::uint8_t> bytes(4 * static_cast<std::size_t>(count));
    if (file.read(bytes) < bytes.size()) file.fail(fmt::format("ends within its {} dimensions: cut short", count));
    std::vector<std::uint32_t> dimensions;
    for (std::size_t i = 0; i < bytes.size(); i += 4)
        dimensions.push_back(std::uint32_t(bytes[i]) << 24 | std::uint32_t(bytes[i + 1]) << 16 |
                             std::uint32_t(bytes[i + 2]) << 8 | bytes[i + 3]);
    return dimensions;
}

/// The number of values. Throws unless the file is long enough to hold them.
std::size_t count_values(const Reader& file, const std::vector<std::uint32_t>& dimensions) {
    std::string text;
    for (const std::uint32_t d : dimensions) text += fmt::format("{}{}", text.empty() ? "" : "×", d);
    std::uint64_t values = 1;
    for (const std::uint32_t d : dimensions) {
        if (d == 0) file.fail(fmt::format("declares {} values: a dimension is 0", text));
        if (__builtin_mul_overflow(values, d, &values)) file.fail(fmt::format("declares {} values, an overflow", text));
    }
    const std::uint64_t room = file.most_bytes() - std::min(file.most_bytes(), file.total());
    if (file.compressed() && values > room)
        file.fail(fmt::format("declares {} = {} values, more than a gzip file of {} bytes can hold", text, values,
                              file.file_size()));
    if (!file.compressed() && values != room)
        file.fail(fmt::format("declares {} = {} values; {} bytes follow the header: {}", text, values, room,
                              room < values ? "cut short" : "too long"));
    return values;
}

/// The capacity is reserved at once, so that nothing is copied as it grows, and filled as values are read: a false
/// header costs little more memory than the file's true content.
void read_values(Reader& file, std::size_t count, std::vector<std::uint8_t>& values) try {
    values.reserve(count);
    for (std::size_t done = 0; done < count; done = values.size()) {
        values.resize(std::min(count, done + kStep));
        const std::size_t got = file.read(std::span(values).subspan(done));
        if (done + got < values.size())
            file.fail(fmt::format("declares {} values; it holds {}: cut short", count, done + got));
    }
    std::array<std::uint8_t, 1> beyond{};
    if (file.read(beyond) != 0) file.fail(fmt::format("declares {} values but has data after them", count));
} catch (const std::bad_alloc&) {
    file.fail(fmt::format("its {} values do not fit into memory", count));
}

}  // namespace

Idx read_idx(const std::filesystem::path& path) {
    Reader file(path);
    Idx idx;
    idx.dimensions = read_dimensions(file, read_magic(file));
    read_values(file, count_values(file, idx.dimensions), idx.values);
    idx.sha256 = file.sha256();
    return idx;
}

}  // namespace ae
