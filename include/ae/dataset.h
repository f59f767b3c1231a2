// A data set in host memory, in bytes, as the files have it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace ae {

/// Grey images of one size and, if there are any, their labels.
struct Images {
    int count = 0;
    int height = 0;
    int width = 0;
    std::vector<std::uint8_t> pixels;  ///< count × height × width, row-major, 0…255
    std::vector<std::uint8_t> labels;  ///< count, or empty

    int pixels_per_image() const { return height * width; }
    std::span<const std::uint8_t> image(int i) const;

    /// Images first … first+n−1 as n × pixels in [0, 1], as the network sees them. Throws UsageError where they are not
    /// all there.
    std::vector<float> floats(int first, int n) const;
};

struct Dataset {
    std::string name;    ///< "mnist", "fashion-mnist", "synthetic", or the folder's name
    std::string origin;  ///< where it was found, for people
    Images train, test;
    std::string sha256;  ///< of the training images' decompressed IDX payload, hexadecimal
};

enum class ImageSet { train, test };

struct DatasetOptions {
    std::string source = "mnist";  ///< a name, "synthetic", or a folder
    std::string mirror;            ///< URL prefix tried instead of the public ones; $AE_MIRROR when empty
    bool download = true;
    std::uint64_t seed = 42;                                                           ///< of the synthetic digits
    std::function<void(const std::string& file, double done, double total)> progress;  ///< bytes of a download
    std::function<void(const std::string& line)> log;                                  ///< what was found or tried
};

/// Finds, downloads if necessary, checks and reads a data set.
/// Throws DataError: nothing found (lists every path and mirror tried), a damaged file, a checksum that differs.
Dataset load_dataset(const DatasetOptions& options);

/// Digits drawn by the program: strokes of random shape, slant, width and place, anti-aliased, labelled, in the size
/// and look of MNIST. The same seed gives the same bytes on every machine.
Images synthetic_digits(int count, std::uint64_t seed);

struct Idx {
    std::vector<std::uint32_t> dimensions;
    std::vector<std::uint8_t> values;
    std::string sha256;  ///< of the decompressed file, hexadecimal
};

/// Reads an IDX file of unsigned bytes, gzip or plain, whatever it is called.
/// Throws DataError with what was found and what was expected. Never allocates more than the file's header declares
/// and its length can justify.
Idx read_idx(const std::filesystem::path& path);

/// Mean entropy of the pixels read as probabilities: no reconstruction's BCE can be lower. 0.05808 for MNIST's test
/// set.
double entropy_floor(const Images& images);

}  // namespace ae
