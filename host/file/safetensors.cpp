#include "file/safetensors.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "ae/error.h"
#include "base/json_text.h"
#include "file/atomic_file.h"

namespace ae {

static_assert(std::endian::native == std::endian::little, "arrays are copied to and from little-endian files as bytes");

namespace {

struct DtypeInfo {
    std::string_view name;
    unsigned bits;
};

constexpr std::array<DtypeInfo, 22> kDtypes{
    {{"BOOL", 8},    {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6},     {"U8", 8},          {"I8", 8},
     {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"I16", 16},
     {"U16", 16},    {"F16", 16},    {"BF16", 16},   {"I32", 32},        {"U32", 32},        {"F32", 32},
     {"C64", 64},    {"F64", 64},    {"I64", 64},    {"U64", 64}}};
static_assert(kDtypes[static_cast<std::size_t>(Dtype::u64)].name == "U64");

using Entry = std::pair<const std::string, Tensor>;

std::vector<const Entry*> in_file_order(const TensorFile& file) {
    std::vector<const Entry*> entries;
    for (const Entry& entry : file.tensors) entries.push_back(&entry);
    std::stable_sort(entries.begin(), entries.end(),
                     [](const Entry* a, const Entry* b) { return a->second.dtype > b->second.dtype; });
    return entries;
}

std::string header_of(const Metadata& metadata, const std::vector<const Entry*>& entries) {
    auto header = nlohmann::ordered_json::object();
    if (!metadata.empty()) header["__metadata__"] = metadata;
    std::uint64_t end = 0;
    for (const Entry* entry : entries) {
        const auto& [name, tensor] = *entry;
        if (byte_size(tensor.dtype, tensor.shape) != tensor.bytes.size())
            throw std::logic_error(fmt::format("tensor {}: {} bytes do not fit its shape", name, tensor.bytes.size()));
        const std::uint64_t begin = end;
        end += tensor.bytes.size();
        header[name] = {{"dtype", dtype_name(tensor.dtype)}, {"shape", tensor.shape}, {"data_offsets", {begin, end}}};
    }
    std::string text = json_text(header);
    text.resize((text.size() + 7) / 8 * 8, ' ');
    if (text.size() > kLargestTensorHeader)
        throw OutputError(
            fmt::format("the names and texts of the file take {} bytes, more than the {} that readers allow",
                        text.size(), kLargestTensorHeader));
    return text;
}

template <typename T>
std::string_view bytes_of(const T* data, std::size_t count) {
    return {reinterpret_cast<const char*>(data), count * sizeof(T)};
}

}  // namespace

std::string_view dtype_name(Dtype dtype) {
    return kDtypes[static_cast<std::size_t>(dtype)].name;
}

std::optional<Dtype> dtype_named(std::string_view name) {
    const auto at = std::find_if(kDtypes.begin(), kDtypes.end(), [&](const DtypeInfo& d) { return d.name == name; });
    if (at == kDtypes.end()) return std::nullopt;
    return static_cast<Dtype>(at - kDtypes.begin());
}

std::optional<std::uint64_t> byte_size(Dtype dtype, std::span<const std::uint64_t> shape) {
    std::uint64_t bits = kDtypes[static_cast<std::size_t>(dtype)].bits;
    for (const std::uint64_t extent : shape)
        if (__builtin_mul_overflow(bits, extent, &bits)) return std::nullopt;
    if (bits % 8 != 0) return std::nullopt;
    return bits / 8;
}

std::string serialize_safetensors(const TensorFile& file) {
    const auto entries = in_file_order(file);
    const std::string header = header_of(file.metadata, entries);
    const std::uint64_t length = header.size();
    std::string bytes(bytes_of(&length, 1));
    bytes += header;
    for (const Entry* entry : entries) bytes += entry->second.bytes;
    return bytes;
}

void write_safetensors(const std::filesystem::path& path, const TensorFile& file) {
    write_file(path, serialize_safetensors(file));
}

Tensor tensor_of(std::span<const float> values, std::vector<std::uint64_t> shape) {
    return {Dtype::f32, std::move(shape), std::string(bytes_of(values.data(), values.size()))};
}

Tensor tensor_of(std::int64_t value) {
    return {Dtype::i64, {}, std::string(bytes_of(&value, 1))};
}

std::string checksum(const TensorFile& file) {
    uLong crc = ::crc32(0, nullptr, 0);
    const auto add = [&](std::string_view bytes) {
        const std::uint64_t length = bytes.size();  // so that no two contents run together to the same bytes
        crc = ::crc32_z(crc, reinterpret_cast<const Bytef*>(&length), sizeof length);
        if (!bytes.empty())  // a null pointer would restart the sum
            crc = ::crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
    };
    for (const auto& [key, text] : file.metadata)
        if (key != "crc32") add(key), add(text);
    for (const auto& [name, tensor] : file.tensors) {
        add(name), add(dtype_name(tensor.dtype));
        add(bytes_of(tensor.shape.data(), tensor.shape.size()));
        add(tensor.bytes);
    }
    return fmt::format("{:08x}", crc);
}

}  // namespace ae
