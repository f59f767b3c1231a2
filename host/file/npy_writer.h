// An .npy file of float32 that is written piece by piece.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>

#include "file/atomic_file.h"

namespace ae {

class NpyWriter {
public:
    /// An OutputFile, which throws, and takes "-", as one does.
    NpyWriter(const std::filesystem::path& path, std::span<const std::uint64_t> shape);

    void write(std::span<const float> values);

    /// To be called once all values of the shape are written.
    void commit();

private:
    OutputFile file_;
    std::uint64_t missing_;
};

}  // namespace ae
