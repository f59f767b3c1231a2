// An .npy file that is read piece by piece.
#pragma once
#include <filesystem>

#include "file/input_file.h"
#include "file/npy_header.h"

namespace ae {

class NpyFile {
public:
    /// Reads the header. Throws as read_npy() does.
    explicit NpyFile(const std::filesystem::path& path);

    const std::vector<std::uint64_t>& shape() const { return header_.shape; }
    Dtype dtype() const { return npy_dtype(header_, name_); }

    /// Fortran order scatters a row over the whole file: such an array is read at once instead.
    bool is_row_major() const { return !header_.fortran_order; }

    /// `count` values from number `first` on, as an array of one dimension. The array must be row-major. Several
    /// threads may read at a time.
    Tensor read(std::uint64_t first, std::uint64_t count) const;

    /// The whole array.
    Tensor read() const;

    /// Throws DataError where the array is larger than the machine's memory.
    void check_fits_memory() const;

private:
    std::string name_;
    InputFile file_;
    NpyHeader header_;
    std::uint64_t begin_ = 0;   ///< of the values
    std::uint64_t length_ = 0;  ///< of the values, in bytes
};

}  // namespace ae
