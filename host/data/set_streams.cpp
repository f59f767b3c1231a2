#include "data/set_streams.h"

#include <fmt/format.h>

#include "data/array_input.h"
#include "data/data_selection.h"
#include "data/idx_reader.h"
#include "data/idx_set.h"
#include "data/image_array.h"
#include "data/image_check.h"
#include "data/own_set.h"
#include "data/set_files.h"
#include "data/settled_images.h"
#include "file/file_kind.h"
#include "file/input_file.h"
#include "file/npy_file.h"
#include "file/paths.h"
#include "file/sha256.h"

namespace ae {
namespace fs = std::filesystem;
namespace {

FileKind kind_of_content(const fs::path& path) {
    return file_kind(beginning_of(path, 4096));
}

/// A plain IDX file of images that fit.
bool holds_idx(const fs::path& path, const WantedImages& wanted) {
    if (kind_of_content(path) != FileKind::idx) return false;
    const std::vector<std::uint32_t> d = IdxReader(path).dimensions();
    return d.size() == 3 ? fits(wanted, d[1], d[2]) : d.size() == 4 && fits(wanted, d[1], d[2], d[3]);
}

bool holds_npy(const fs::path& path, bool as_numbers) {
    if (kind_of_content(path) != FileKind::npy) return false;
    const NpyFile file(path);
    return file.is_row_major() && (as_numbers || file.dtype() == Dtype::u8);
}

SetStreams of_one_file(const fs::path& path, ImageStreamPtr images) {
    return {name_of_source(path), path.string(), std::move(images), nullptr};
}

/// One part of a folder's set, its labels in memory.
SetStreams::Stream open_part(const fs::path& images, const fs::path& labels, const WantedImages& wanted) {
    ImageStreamPtr stream = settled(open_idx_input(images, wanted, false), wanted, false);
    if (labels.empty()) return stream;
    ImageFacts facts = stream->facts();
    facts.labels = read_idx_labels(labels, images, facts.count);
    return with_facts(std::move(stream), std::move(facts));
}

std::optional<SetStreams> folder_on_disk(const fs::path& folder, const WantedImages& wanted) {
    std::string why;
    const auto paths = find_set(folder, why, SetNeeds::train_images);
    if (!paths || !holds_idx((*paths)[0], wanted)) return std::nullopt;
    const bool has_test = !(*paths)[2].empty();
    if (has_test && !holds_idx((*paths)[2], wanted)) return std::nullopt;
    SetStreams set{name_of_source(folder), (*paths)[0].parent_path().string(), nullptr, nullptr};
    set.train = open_part((*paths)[0], (*paths)[1], wanted);
    if (has_test) set.test = open_part((*paths)[2], (*paths)[3], wanted);
    return set;
}

void hash_labels(Sha256& hash, const ImageStream& part) {
    hash.update(std::as_bytes(std::span(part.facts().labels)));
}

}  // namespace

SetStreams streams_of(Dataset data) {
    SetStreams set{std::move(data.name),        data.origin,           nullptr, nullptr,
                   std::move(data.label_names), std::move(data.sha256)};
    set.train = stream_of(std::move(data.train), data.origin);
    if (data.test.count > 0) set.test = stream_of(std::move(data.test), data.origin);
    return set;
}

std::optional<SetStreams> set_on_disk(const std::string& source, const WantedImages& wanted, bool as_numbers) {
    if (is_set_name(source)) return std::nullopt;
    if (is_folder(source)) return as_numbers ? std::nullopt : folder_on_disk(source, wanted);
    if (!is_file(source)) return std::nullopt;
    if (!as_numbers && holds_idx(source, wanted))
        return of_one_file(source, settled(open_idx_input(source, wanted, false), wanted, false));
    if (holds_npy(source, as_numbers))
        return of_one_file(source, settled(open_npy_input(source, wanted, as_numbers), wanted, as_numbers));
    return std::nullopt;
}

std::string describe(const SetStreams& set) {
    const ImageFacts& facts = set.train->facts();
    return fmt::format("{}: {}, {}", set.name,
                       counts_text(facts.count, set.test ? set.test->rows() : 0, facts.size, facts.are_numbers),
                       set.origin);
}

std::string train_sha256(const SetStreams& set, const ReadProgress& progress) {
    if (!set.sha256.empty()) return set.sha256;
    return sha256_of(*set.train, [&](int done) {
        if (progress) progress(done, set.train->rows());
    });
}

/// Labels lie between bytes of test images and numbers, as sha256_of_rest() has them.
std::string rest_sha256(const SetStreams& set, const ReadProgress& progress) {
    Sha256 hash;
    hash_labels(hash, *set.train);
    if (!set.test) return hash.hex();
    const auto images = [&] {
        hash_values(hash, *set.test, [&](int done) {
            if (progress) progress(done, set.test->rows());
        });
    };
    const bool are_numbers = set.test->facts().are_numbers;
    if (!are_numbers) images();
    hash_labels(hash, *set.test);
    if (are_numbers) images();
    return hash.hex();
}

SetStreams::Stream with_labels(const SetStreams::Stream& part, const LabelSet& labels, const SetStreams& set) {
    return chosen_images(part, numbers_with_labels(part->facts().labels, labels, {set.name, set.label_names}));
}

}  // namespace ae
