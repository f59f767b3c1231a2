// A data set in host memory, in bytes or in numbers, as the files have it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace ae {

/// Images of one size, grey or in colour, and, if there are any, their labels. A row of a table is an image of
/// height 1.
struct Images {
    int count = 0;
    int height = 0;
    int width = 0;
    std::vector<std::uint8_t> pixels;  ///< count × height × width × channels, row-major, 0…255
    std::vector<std::uint8_t> labels;  ///< count, or empty

    int channels = 1;                    ///< values of a pixel, side by side; 3: red, green, blue
    std::vector<std::string> names{};    ///< of the images' files, count; or empty
    std::vector<float> numbers{};        ///< the values of images that are not bytes, which have no pixels; or empty
    std::vector<std::string> columns{};  ///< names of an image's values, of a table with a header; or empty

    int pixels_per_image() const { return height * width * channels; }  ///< values, of every channel
    std::span<const std::uint8_t> image(int i) const;

    bool are_numbers() const { return !numbers.empty(); }
    bool are_rows() const { return are_numbers() && height == 1; }  ///< of a table, which no picture shows

    /// Images first … first+n−1 as n × pixels: bytes in [0, 1], as the network sees them, numbers as they are. Throws
    /// UsageError where they are not all there.
    std::vector<float> floats(int first, int n) const;
};

struct Dataset {
    std::string name;                        ///< "mnist", "fashion-mnist", "synthetic", or the folder's name
    std::string origin;                      ///< where it was found, for people
    Images train, test;                      ///< `test` is empty where the source has no test images
    std::string sha256;                      ///< of the training images' decompressed IDX payload, hexadecimal
    std::vector<std::string> label_names{};  ///< of the labels 0, 1, …; empty where labels are mere numbers
};

enum class ImageSet { train, test };

/// Changes of images on request, and the columns of tables.
struct ImageReading {
    bool numbers = false;             ///< values are the numbers that the files hold, and bytes are not made pixels
    bool transpose = false;           ///< rows become columns: EMNIST's images lie on their sides
    bool gray = false;                ///< colours become grey
    int width = 0, height = 0;        ///< the size that images are brought to; 0: their own
    std::string label;                ///< a table's column of labels, its name or its number from 1; empty: "label"
    std::vector<std::string> ignore;  ///< a table's columns to leave out

    bool changes_images() const { return transpose || gray || width > 0; }
    bool operator==(const ImageReading&) const = default;
};

struct DatasetOptions {
    std::string source = "mnist";  ///< a name, "synthetic", or a file or folder of one's own
    std::string mirror;            ///< URL prefix tried instead of the public ones; $AE_MIRROR when empty
    bool download = true;
    std::uint64_t seed = 42;                                                           ///< of the synthetic digits
    std::function<void(const std::string& file, double done, double total)> progress;  ///< bytes of a download
    std::function<void(const std::string& line)> log;                                  ///< what was found or tried
    ImageReading reading{};
};

/// Finds, downloads if necessary, checks and reads a data set: one with a name; a folder with IDX files, of which only
/// the training images must be there; a folder of PNG and JPEG files, whose subfolders are labels and whose train/ and
/// test/ are parts; a file in IDX, .npy, .npz, .csv or .tsv. Arrays and tables whose values are all bytes are images of
/// bytes, others hold numbers, in both parts. Throws DataError: nothing found (lists every path and mirror tried), a
/// damaged file, a checksum that differs, a number that is not finite; UsageError: an option that does not fit the
/// data.
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
