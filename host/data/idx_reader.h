// The bytes of an IDX file, plain or gzip: 00 00, a type, a number of dimensions, the dimensions (big-endian), the
// values.
#pragma once
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ae/dataset.h"

namespace ae {

/// A file whose header was read and fits the file's length.
class IdxReader {
public:
    /// Throws DataError.
    explicit IdxReader(const std::filesystem::path& path);

    const std::vector<std::uint8_t>& header() const { return header_; }  ///< the bytes before the values
    const std::vector<std::uint32_t>& dimensions() const { return dimensions_; }
    std::uint64_t values() const { return values_; }
    bool is_compressed() const { return gzdirect(file_.get()) == 0; }

    /// Fills `to` as far as the file goes and returns the number of bytes.
    std::size_t read(std::span<std::uint8_t> to);

    /// read() goes on at value number `value`. In gzip data, what lies between is decompressed, from the beginning for
    /// a place before the last one; a file that is read in order costs nothing more.
    void seek(std::uint64_t value);

    [[noreturn]] void fail(const std::string& what) const;

private:
    struct Close {
        void operator()(gzFile file) const noexcept { gzclose_r(file); }
    };
    using File = std::unique_ptr<gzFile_s, Close>;

    File open(const std::filesystem::path& path);
    std::uint64_t most_bytes() const;
    void check(int got, unsigned want) const;
    std::size_t read_header(std::size_t count);
    int read_magic();
    void read_dimensions(int count);
    void count_values();

    std::string name_;
    std::uint64_t file_size_ = 0;
    File file_;
    std::uint64_t total_ = 0, values_ = 0;
    std::vector<std::uint8_t> header_;
    std::vector<std::uint32_t> dimensions_;
};

/// All values of a file of which nothing but the header was read. Throws as read_idx() does.
Idx read_opened_idx(IdxReader& file);

}  // namespace ae
