#include "ae/dataset.h"

#include <fmt/format.h>

#include <array>
#include <climits>
#include <cmath>
#include <future>
#include <optional>

#include "ae/arithmetic.h"
#include "ae/error.h"
#include "ae/metrics.h"
#include "data/known_set.h"
#include "data/set_files.h"
#include "file/paths.h"
#include "file/sha256.h"

namespace ae {
namespace fs = std::filesystem;
namespace {

constexpr int kSyntheticTrain = 60'000, kSyntheticTest = 10'000;
constexpr std::uint64_t kMostPixels = 65'536;  // the widest layer of a Shape

void require_rank(const fs::path& path, const Idx& idx, std::size_t rank, const char* what) {
    if (idx.dimensions.size() != rank)
        throw DataError(
            fmt::format("{}: has {} dimensions; {} have {}", path.string(), idx.dimensions.size(), what, rank));
}

Images to_images(const fs::path& image_path, Idx images, const fs::path& label_path, Idx labels) {
    require_rank(image_path, images, 3, "images");
    require_rank(label_path, labels, 1, "labels");
    const auto [count, height, width] = std::array{images.dimensions[0], images.dimensions[1], images.dimensions[2]};
    if (std::uint64_t(height) * width > kMostPixels || count > INT_MAX)
        throw DataError(fmt::format("{}: {} images of {}×{}; up to {} images of up to {} pixels can be used",
                                    image_path.string(), count, height, width, INT_MAX, kMostPixels));
    if (labels.dimensions[0] != count)
        throw DataError(fmt::format("{}: {} labels for the {} images of {}", label_path.string(), labels.dimensions[0],
                                    count, image_path.filename().string()));
    return {static_cast<int>(count), static_cast<int>(height), static_cast<int>(width), std::move(images.values),
            std::move(labels.values)};
}

void check_sizes(const std::string& origin, const Images& train, const Images& test) {
    if (train.height != test.height || train.width != test.width)
        throw DataError(fmt::format("{}: training images of {}×{} and test images of {}×{}; they must be of one size",
                                    origin, train.height, train.width, test.height, test.width));
}

void check_known(const KnownSet& set, const SetPaths& paths, const std::array<Idx, kSetFiles>& files) {
    for (std::size_t i = 0; i < kSetFiles; ++i)
        if (files[i].sha256 != set.sha256[i])
            throw DataError(
                fmt::format("{}: is not the file of {} (SHA-256 of its content {}; {} was expected); remove "
                            "it, or name its folder with --data to use it as it is",
                            paths[i].string(), set.name, files[i].sha256, set.sha256[i]));
}

/// Reads and checks the set; `known` may be null.
Dataset read_set(const SetPaths& paths, const std::string& name, const KnownSet* known) {
    std::array<std::future<Idx>, kSetFiles> reading;
    constexpr auto kWhereThreadsAre = std::launch::async | std::launch::deferred;  // one after the other without them
    for (std::size_t i = 0; i < kSetFiles; ++i) reading[i] = std::async(kWhereThreadsAre, read_idx, paths[i]);
    std::array<Idx, kSetFiles> files;
    for (std::size_t i = 0; i < kSetFiles; ++i) files[i] = reading[i].get();
    if (known) check_known(*known, paths, files);

    Dataset data{name, paths[0].parent_path().string(), {}, {}, files[0].sha256};
    data.train = to_images(paths[0], std::move(files[0]), paths[1], std::move(files[1]));
    data.test = to_images(paths[2], std::move(files[2]), paths[3], std::move(files[3]));
    check_sizes(data.origin, data.train, data.test);
    return data;
}

std::string names_of_sets() {
    std::string names;
    for (const KnownSet& set : known_sets()) names += set.name + ", ";
    return names + "synthetic";
}

Dataset load_folder(const std::string& source) {
    std::string why;
    const std::optional<SetPaths> paths = find_set(source, why);
    if (!paths)
        throw DataError(
            fmt::format("--data {}: {}; a folder with the four IDX files of a data set, or one of {}, was "
                        "expected",
                        source, why, names_of_sets()));
    const fs::path whole = absolute_path(source);
    return read_set(*paths, (whole.has_filename() ? whole : whole.parent_path()).filename().string(), nullptr);
}

/// Removes the file that an error names, so that it can be fetched again. False if it names none of them.
bool forget(const SetPaths& paths, const std::string& why, const DatasetOptions& options) {
    for (const fs::path& path : paths) {
        if (!why.starts_with(path.string() + ": ") || !remove_file(path)) continue;
        if (options.log) options.log(fmt::format("{}; it is fetched again", why));
        return true;
    }
    return false;
}

Dataset load_known(const KnownSet& set, const DatasetOptions& options) {
    std::vector<std::string> tried;
    const auto look = [&](const fs::path& folder) {
        std::string why;
        auto paths = find_set(folder, why);
        if (!paths) tried.push_back(fmt::format("{}: {}", folder.string(), why));
        return paths;
    };
    const fs::path cache = cache_folder(set);
    for (const fs::path& folder : known_folders(set)) {
        const auto paths = look(folder);
        if (!paths) continue;
        try {
            return read_set(*paths, set.name, &set);
        } catch (const DataError& error) {
            if (folder != cache || !options.download || !forget(*paths, error.what(), options)) throw;
        }
    }
    if (options.download && !cache.empty() && fetch_known_set(set, cache, options, tried))
        if (const auto paths = look(cache)) return read_set(*paths, set.name, &set);

    std::string message = fmt::format(
        "{} was not found and could not be downloaded; --data synthetic trains on digits drawn "
        "by the program, --data FOLDER on your own. Tried:",
        set.name);
    for (const std::string& line : tried) message += "\n  " + line;
    throw DataError(message);
}

std::string idx_sha256(const Images& images) {
    Sha256 hash;
    const auto put = [&](std::uint32_t word) {
        const std::array<std::uint8_t, 4> bytes{static_cast<std::uint8_t>(word >> 24),
                                                static_cast<std::uint8_t>(word >> 16),
                                                static_cast<std::uint8_t>(word >> 8), static_cast<std::uint8_t>(word)};
        hash.update(std::as_bytes(std::span(bytes)));
    };
    put(0x00000803);
    for (const int dimension : {images.count, images.height, images.width}) put(static_cast<std::uint32_t>(dimension));
    hash.update(std::as_bytes(std::span(images.pixels)));
    return hash.hex();
}

Dataset draw_dataset(std::uint64_t seed) {
    Dataset data{"synthetic",
                 fmt::format("drawn from seed {}", seed),
                 synthetic_digits(kSyntheticTrain, seed),
                 synthetic_digits(kSyntheticTest, mix(seed)),
                 {}};
    data.sha256 = idx_sha256(data.train);
    return data;
}

}  // namespace

Dataset load_dataset(const DatasetOptions& options) {
    Dataset data;
    if (options.source == "synthetic")
        data = draw_dataset(options.seed);
    else if (const KnownSet* set = find_known_set(options.source))
        data = load_known(*set, options);
    else
        data = load_folder(options.source);
    if (options.log)
        options.log(fmt::format("{}: {} training and {} test images of {}×{}, {}", data.name, data.train.count,
                                data.test.count, data.train.height, data.train.width, data.origin));
    return data;
}

std::span<const std::uint8_t> Images::image(int i) const {
    const auto size = static_cast<std::size_t>(pixels_per_image());
    return std::span(pixels).subspan(static_cast<std::size_t>(i) * size, size);
}

std::vector<float> Images::floats(int first, int n) const {
    if (first < 0 || n < 0 || std::int64_t(first) + n > count)
        throw UsageError(fmt::format("images {}…{} were asked for; there are {}, 0…{}", first,
                                     std::int64_t(first) + n - 1, count, count - 1));
    const auto size = static_cast<std::size_t>(pixels_per_image());
    std::vector<float> out(static_cast<std::size_t>(n) * size);
    const std::uint8_t* from = pixels.data() + static_cast<std::size_t>(first) * size;
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = pixel<float>(from[i]);
    return out;
}

double entropy_floor(const Images& images) {
    std::array<std::uint64_t, 256> histogram{};
    for (const std::uint8_t value : images.pixels) ++histogram[value];
    double sum = 0;
    for (std::size_t value = 1; value < 255; ++value)
        sum += static_cast<double>(histogram[value]) * binary_entropy(static_cast<double>(value) / 255);
    return images.pixels.empty() ? 0 : sum / static_cast<double>(images.pixels.size());
}

}  // namespace ae
