#include "file/npy_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "ae/error.h"
#include "file/npy.h"

namespace ae {
namespace {

constexpr std::size_t kLargestHeader = 10'000;  // NumPy's own limit
constexpr std::size_t kMostBeforeValues = kNpyMagic.size() + 6 + kLargestHeader;

[[noreturn]] void refuse_npy(const std::string& name, const std::string& what) {
    throw DataError(fmt::format("{}: {}", name, what));
}

std::uint64_t little_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
    return value;
}

}  // namespace

NpyHeader cut_npy_header(std::string_view& bytes, const std::string& name) {
    if (!bytes.starts_with(kNpyMagic)) refuse_npy(name, "is not an .npy file: it does not begin with \\x93NUMPY");
    if (bytes.size() < kNpyMagic.size() + 4)
        refuse_npy(name, fmt::format("ends after {} bytes: cut short", bytes.size()));
    const int major = static_cast<std::uint8_t>(bytes[6]), minor = static_cast<std::uint8_t>(bytes[7]);
    if (major < 1 || major > 3 || minor != 0)
        refuse_npy(name, fmt::format("is of .npy version {}.{}; 1.0, 2.0 and 3.0 can be read", major, minor));
    const std::size_t width = major == 1 ? 2 : 4, begin = kNpyMagic.size() + 2 + width;
    const std::uint64_t length = little_endian(bytes.substr(8, width));
    if (length > kLargestHeader)
        refuse_npy(name, fmt::format("declares a header of {} bytes; up to {} were expected", length, kLargestHeader));
    if (bytes.size() < begin + length)
        refuse_npy(name, fmt::format("ends within its header of {} bytes: cut short", length));
    NpyHeader header = parse_npy_header(bytes.substr(begin, length), name);
    bytes.remove_prefix(begin + length);
    return header;
}

std::uint64_t npy_value_bytes(const NpyHeader& header, std::uint64_t there, const std::string& name) {
    const std::size_t size = npy_value_size(header, name);
    std::uint64_t needed = 0;
    const std::optional<std::uint64_t> count = byte_size(Dtype::u8, header.shape);
    if (!count || __builtin_mul_overflow(*count, size, &needed))
        refuse_npy(name, fmt::format("declares {} values, an overflow", shape_text(header.shape)));
    if (there < needed)
        refuse_npy(name, fmt::format("declares {} values of {} bytes; {} bytes follow the header: cut short",
                                     shape_text(header.shape), size, there));
    return needed;
}

Dtype npy_dtype(const NpyHeader& header, const std::string& name) {
    const std::string& descr = header.descr;
    for (const NpyType& type : kNpyTypes)
        if (descr == type.descr || (descr.starts_with('>') && descr.substr(1) == type.descr.substr(1)))
            return type.dtype;
    if (descr.substr(std::min<std::size_t>(descr.size(), 1)).starts_with("O"))
        refuse_npy(name, "holds Python objects, which are never read; save numbers instead");
    refuse_npy(name, fmt::format("holds values of type '{:.40}'; numbers of 1 to 8 bytes were expected", descr));
}

std::size_t npy_value_size(const NpyHeader& header, const std::string& name) {
    return static_cast<std::size_t>(*byte_size(npy_dtype(header, name), {}));
}

NpyFile::NpyFile(const std::filesystem::path& path) : name_(path.string()), file_(path) {
    std::string begin(std::min<std::uint64_t>(kMostBeforeValues, file_.size()), '\0');
    file_.read_at(0, begin);
    std::string_view rest = begin;
    header_ = cut_npy_header(rest, name_);
    begin_ = begin.size() - rest.size();
    length_ = npy_value_bytes(header_, file_.size() - begin_, name_);
}

void NpyFile::check_fits_memory() const {
    check_room(length_, name_);
}

Tensor NpyFile::read(std::uint64_t first, std::uint64_t count) const {
    const std::size_t size = npy_value_size(header_, name_);
    return npy_tensor(file_.read_at(begin_ + first * size, count * size), {header_.descr, false, {count}}, name_);
}

Tensor NpyFile::read() const {
    return npy_tensor(file_.read_at(begin_, length_), header_, name_);
}

Npy read_npy(const std::filesystem::path& path) {
    return as_npy(read_npy_tensor(path), path.string());
}

Tensor read_npy_tensor(const std::filesystem::path& path) {
    return NpyFile(path).read();
}

}  // namespace ae
