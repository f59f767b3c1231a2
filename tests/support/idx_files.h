// Small IDX files and folders of them, for the tests of everything that reads data.
#pragma once
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "temporary_folder.h"

namespace ae::test {

/// An IDX file of unsigned bytes with any payload, right or wrong.
inline std::string idx(const std::vector<std::uint32_t>& dimensions, const std::string& payload) {
    std::string bytes{0, 0, 8, static_cast<char>(dimensions.size())};
    for (const std::uint32_t d : dimensions)
        for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(d >> shift);
    return bytes + payload;
}

/// As idx(), with as many values as declared: 0, 1, 2, … modulo `modulus`.
inline std::string counting_idx(const std::vector<std::uint32_t>& dimensions, unsigned modulus = 251) {
    std::size_t count = 1;
    for (const std::uint32_t d : dimensions) count *= d;
    std::string payload;
    for (std::size_t i = 0; i < count; ++i) payload += static_cast<char>(i % modulus);
    return idx(dimensions, payload);
}

inline std::string gzip(const std::string& bytes) {
    z_stream stream{};
    if (deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::runtime_error("zlib");
    std::string out(deflateBound(&stream, bytes.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

inline std::filesystem::path write(const std::filesystem::path& path, const std::string& bytes) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
}

/// A data set of 7 training and 3 test images of 4×5, under the names that MNIST's own site used.
inline void write_set(const std::filesystem::path& folder) {
    write(folder / "train-images-idx3-ubyte.gz", gzip(counting_idx({7, 4, 5})));
    write(folder / "train-labels-idx1-ubyte.gz", gzip(counting_idx({7}, 10)));
    write(folder / "t10k-images-idx3-ubyte.gz", gzip(counting_idx({3, 4, 5})));
    write(folder / "t10k-labels-idx1-ubyte.gz", gzip(counting_idx({3}, 10)));
}

}  // namespace ae::test
