#include "ae/dataset.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "ae/arithmetic.h"
#include "ae/error.h"
#include "ae/metrics.h"
#include "data/changed_images.h"
#include "data/idx_set.h"
#include "data/image_check.h"
#include "data/known_set.h"
#include "data/own_set.h"
#include "data/set_files.h"
#include "file/paths.h"

namespace ae {
namespace fs = std::filesystem;
namespace {

constexpr int kSyntheticTrain = 60'000, kSyntheticTest = 10'000;

Dataset read_known(const KnownSet& set, const SetPaths& paths) {
    Dataset data = read_idx_set(paths, &set);
    data.name = set.name;
    return data;
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
            return read_known(set, *paths);
        } catch (const DataError& error) {
            if (folder != cache || !options.download || !forget(*paths, error.what(), options)) throw;
        }
    }
    if (options.download && !cache.empty() && fetch_known_set(set, cache, options, tried))
        if (const auto paths = look(cache)) return read_known(set, *paths);

    std::string message = fmt::format(
        "{} was not found and could not be downloaded; --data synthetic trains on digits drawn "
        "by the program, --data FOLDER on your own. Tried:",
        set.name);
    for (const std::string& line : tried) message += "\n  " + line;
    throw DataError(message);
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

void check_changes(const Dataset& data, const ImageReading& reading) {
    if (data.train.are_numbers() && (reading.transpose || reading.gray || reading.width > 0))
        throw UsageError(
            fmt::format("--resize, --gray, --transpose: change images of bytes; {} holds other numbers", data.origin));
}

void check_sizes(const Dataset& data) {
    const Images &train = data.train, &test = data.test;
    if (test.count > 0 && size_of(train) != size_of(test))
        throw DataError(fmt::format("{}: training images of {} and test images of {}; they must be of one size",
                                    data.origin, text(size_of(train)), text(size_of(test))));
}

/// "cats, dogs, …"
std::string class_names(const std::vector<std::string>& names) {
    constexpr std::size_t kShown = 8;
    const auto shown = names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kShown));
    return fmt::format("{}{}", fmt::join(names.begin(), shown, ", "), names.size() > kShown ? ", …" : "");
}

Dataset said(Dataset data, const DatasetOptions& options) {
    if (!options.log) return data;
    if (options.reading.transpose) options.log("rows and columns of the images are swapped (--transpose)");
    const std::string counts =
        counts_text(data.train.count, data.test.count, size_of(data.train), data.train.are_numbers());
    options.log(fmt::format("{}: {}, {}", data.name, counts, data.origin));
    if (!data.label_names.empty())
        options.log(fmt::format("{} labels: {}", data.label_names.size(), class_names(data.label_names)));
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
        data = load_own_set(options);
    check_changes(data, options.reading);
    change(data, options.reading);
    check_sizes(data);
    if (options.reading.numbers)
        for (Images* part : {&data.train, &data.test}) turn_to_numbers(*part);
    if (data.sha256.empty()) data.sha256 = idx_sha256(data.train);
    return said(std::move(data), options);
}

std::span<const std::uint8_t> Images::image(int i) const {
    const auto size = static_cast<std::size_t>(pixels_per_image());
    return std::span(pixels).subspan(static_cast<std::size_t>(i) * size, size);
}

std::vector<float> Images::floats(int first, int n) const {
    check_range(first, n, count);
    const auto size = static_cast<std::size_t>(pixels_per_image());
    const auto begin = static_cast<std::size_t>(first) * size;
    if (are_numbers()) {
        const auto rows = std::span(numbers).subspan(begin, static_cast<std::size_t>(n) * size);
        return {rows.begin(), rows.end()};
    }
    std::vector<float> out(static_cast<std::size_t>(n) * size);
    const std::uint8_t* from = pixels.data() + begin;
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = pixel<float>(from[i]);
    return out;
}

}  // namespace ae
