#include "data/idx_set.h"

#include <fmt/format.h>

#include <array>
#include <future>

#include "ae/error.h"
#include "data/idx_reader.h"
#include "data/image_check.h"
#include "file/sha256.h"

namespace ae {
namespace fs = std::filesystem;
namespace {

void require_rank(const fs::path& path, const std::vector<std::uint32_t>& dimensions, std::size_t rank,
                  const char* what) {
    if (dimensions.size() != rank)
        throw DataError(fmt::format("{}: has {} dimensions; {} have {}", path.string(), dimensions.size(), what, rank));
}

/// Three dimensions, or a fourth of channels.
ImageCounts image_counts(const fs::path& path, const std::vector<std::uint32_t>& d) {
    const bool has_channels = d.size() == 4 && (d[3] == 1 || d[3] == 3 || d[3] == 4);
    if (!has_channels) require_rank(path, d, 3, "images");
    return {d[0], d[1], d[2], has_channels ? d[3] : 1};
}

/// Sizes that cannot be used are refused before the values fill memory.
Idx read_image_values(const fs::path& path) {
    IdxReader file(path);
    check_counts(path.string(), image_counts(path, file.dimensions()));
    return read_opened_idx(file);
}

Images to_images(const fs::path& path, Idx idx) {
    return checked_images(path.string(), image_counts(path, idx.dimensions), std::move(idx.values));
}

std::vector<std::uint8_t> checked_labels(const fs::path& path, Idx labels, const fs::path& image_path, int images) {
    require_rank(path, labels.dimensions, 1, "labels");
    if (labels.dimensions[0] != static_cast<std::uint32_t>(images))
        throw DataError(fmt::format("{}: {} labels for the {} images of {}", path.string(), labels.dimensions[0],
                                    images, image_path.filename().string()));
    return std::move(labels.values);
}

void add_labels(Images& images, const fs::path& image_path, const fs::path& label_path, Idx labels) {
    if (label_path.empty()) return;
    images.labels = checked_labels(label_path, std::move(labels), image_path, images.count);
}

void check_known(const KnownSet& set, const SetPaths& paths, const std::array<Idx, kSetFiles>& files) {
    for (std::size_t i = 0; i < kSetFiles; ++i)
        if (files[i].sha256 != set.sha256[i])
            throw DataError(
                fmt::format("{}: is not the file of {} (SHA-256 of its content {}; {} was expected); remove "
                            "it, or name its folder with --data to use it as it is",
                            paths[i].string(), set.name, files[i].sha256, set.sha256[i]));
}

std::array<Idx, kSetFiles> read_files(const SetPaths& paths) {
    std::array<std::future<Idx>, kSetFiles> reading;
    constexpr auto kWhereThreadsAre = std::launch::async | std::launch::deferred;  // one after the other without them
    for (std::size_t i = 0; i < kSetFiles; ++i)
        if (!paths[i].empty())
            reading[i] = std::async(kWhereThreadsAre, i % 2 == 0 ? read_image_values : read_idx, paths[i]);
    std::array<Idx, kSetFiles> files;
    for (std::size_t i = 0; i < kSetFiles; ++i)
        if (!paths[i].empty()) files[i] = reading[i].get();
    return files;
}

}  // namespace

Dataset read_idx_set(const SetPaths& paths, const KnownSet* known) {
    std::array<Idx, kSetFiles> files = read_files(paths);
    if (known) check_known(*known, paths, files);
    Dataset data{
        .name = {}, .origin = paths[0].parent_path().string(), .train = {}, .test = {}, .sha256 = files[0].sha256};
    data.train = to_images(paths[0], std::move(files[0]));
    add_labels(data.train, paths[0], paths[1], std::move(files[1]));
    if (paths[2].empty()) return data;
    data.test = to_images(paths[2], std::move(files[2]));
    add_labels(data.test, paths[2], paths[3], std::move(files[3]));
    return data;
}

Dataset read_idx_images(const fs::path& path) {
    Idx file = read_image_values(path);
    Dataset data{.name = {}, .origin = path.string(), .train = {}, .test = {}, .sha256 = file.sha256};
    data.train = to_images(path, std::move(file));
    return data;
}

std::vector<std::uint8_t> read_idx_labels(const fs::path& path, const fs::path& image_path, int images) {
    return checked_labels(path, read_idx(path), image_path, images);
}

void hash_idx_header(Sha256& hash, const ImageCounts& counts) {
    const auto put = [&](std::uint64_t word) {
        const std::array<std::uint8_t, 4> bytes{static_cast<std::uint8_t>(word >> 24),
                                                static_cast<std::uint8_t>(word >> 16),
                                                static_cast<std::uint8_t>(word >> 8), static_cast<std::uint8_t>(word)};
        hash.update(std::as_bytes(std::span(bytes)));
    };
    const bool has_channels = counts.channels > 1;
    put(has_channels ? 0x00000804 : 0x00000803);
    for (const std::uint64_t dimension : {counts.images, counts.height, counts.width}) put(dimension);
    if (has_channels) put(counts.channels);
}

std::string idx_sha256(const Images& images) {
    Sha256 hash;
    hash_idx_header(hash, counts_of(images));
    hash.update(std::as_bytes(std::span(images.pixels)));
    hash.update(std::as_bytes(std::span(images.numbers)));
    return hash.hex();
}

}  // namespace ae
