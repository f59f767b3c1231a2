#include "data/image_input.h"

#include <fmt/format.h>

#include <algorithm>

#include "ae/error.h"
#include "data/array_input.h"
#include "data/changed_images.h"
#include "data/image_array.h"
#include "data/image_check.h"
#include "data/known_set.h"
#include "data/own_set.h"
#include "data/picture_folder.h"
#include "data/set_files.h"
#include "data/set_streams.h"
#include "data/settled_images.h"
#include "data/table_set.h"
#include "file/file_kind.h"
#include "file/input_file.h"
#include "file/paths.h"

namespace ae {
namespace fs = std::filesystem;
namespace {

std::uint8_t paper(const ImageSource& source) {
    return source.invert ? 255 : 0;
}

bool takes_colour(const WantedImages& wanted) {
    return !wanted.has_size() || wanted.size.channels == 3;
}

/// What a picture is brought to; colour is kept where the network takes it or where nothing tells.
PictureReading reading_of(const ImageSource& source, const WantedImages& wanted) {
    const ImageReading& asked = source.data.reading;
    PictureReading reading{.paper = paper(source), .grey = asked.gray || !takes_colour(wanted)};
    reading.width = asked.width, reading.height = asked.height;
    return reading;
}

ImageStreamPtr fitting(Images images, const std::string& origin, const WantedImages& wanted) {
    fit(images, origin, wanted);
    return stream_of(std::move(images), origin);
}

ImageStreamPtr from_pictures(const ImageSource& source, const std::vector<PictureFile>& files,
                             const std::string& origin, const WantedImages& wanted) {
    const auto check = [&](const Picture& picture, const PictureFile& file) {
        const auto height = static_cast<std::uint64_t>(picture.height),
                   width = static_cast<std::uint64_t>(picture.width);
        if (!fits(wanted, height, width) && !(takes_colour(wanted) && fits(wanted, height, width, 3)))
            refuse_size(file.path.string(), fmt::format("a picture of {}×{} pixels", height, width), wanted);
    };
    Images images = read_pictures(files, reading_of(source, wanted), check);
    if (images.pixels_per_image() != wanted.pixels) turn_grey(images);  // nothing told whether the network takes colour
    if (source.data.reading.numbers) turn_to_numbers(images);
    return fitting(std::move(images), origin, wanted);
}

/// A part of a set, and what it is called.
struct Part {
    bool is_train;
    std::string origin;
};

Part part_of(const std::string& set, const std::string& part, bool has_test) {
    const bool is_train = part == "train" || (part.empty() && !has_test);
    if (!is_train && !has_test) throw DataError(fmt::format("{}: has no test images", set));
    return {is_train, fmt::format("{} ({})", set, is_train ? "training images" : "test images")};
}

ImageStreamPtr from_dataset(const ImageSource& source, const std::string& name, const std::string& part,
                            const WantedImages& wanted) {
    DatasetOptions options = source.data;
    options.source = name;
    Dataset data = load_dataset(options);
    const auto [is_train, origin] = part_of(data.name, part, data.test.count > 0);
    return fitting(std::move(is_train ? data.train : data.test), origin, wanted);
}

/// A part of a set whose files stay where they are.
ImageStreamPtr from_disk(const ImageSource& source, SetStreams set, const std::string& part) {
    if (source.data.log) source.data.log(describe(set));
    const auto [is_train, origin] = part_of(set.name, part, set.test != nullptr);
    SetStreams::Stream images = is_train ? set.train : set.test;
    ImageFacts facts = images->facts();
    facts.origin = origin;
    return with_facts(std::move(images), std::move(facts));
}

/// IDX files of a data set before pictures beside them.
ImageStreamPtr from_folder(const ImageSource& source, const std::string& folder, const std::string& part,
                           const WantedImages& wanted) {
    std::string why;
    const ImageReading& reading = source.data.reading;
    if (!reading.changes_images())
        if (auto set = set_on_disk(folder, wanted, reading.numbers)) return from_disk(source, std::move(*set), part);
    if (find_set(folder, why, SetNeeds::train_images)) return from_dataset(source, folder, part, wanted);
    const PictureFiles files = find_pictures(folder);
    const bool is_test = part == "test" || (part.empty() && !files.test.empty());
    const std::vector<PictureFile>& chosen = is_test ? files.test : files.train;
    if (!chosen.empty())
        return from_pictures(source, chosen, fmt::format("{} ({} pictures)", folder, chosen.size()), wanted);
    if (files.train.empty() && !table_of_folder(folder).empty()) return from_dataset(source, folder, part, wanted);
    throw DataError(fmt::format("{}: holds no PNG or JPEG files{} and cannot be read as a data set: {}", folder,
                                is_test ? " in test/" : "", why));
}

ImageStreamPtr from_table(const ImageSource& source, const WantedImages& wanted) {
    if (!source.reading_is_assumed) return from_dataset(source, source.name, "", wanted);
    return fitting(read_table_images(source.name, source.data.reading), source.name, wanted);
}

ImageStreamPtr from_file(const ImageSource& source, const WantedImages& wanted) {
    const FileKind kind = file_kind(beginning_of(source.name, 4096));
    const bool is_array =
        kind == FileKind::npy || kind == FileKind::zip || kind == FileKind::gzip || kind == FileKind::idx;
    if (is_array && source.data.reading.changes_images()) return from_dataset(source, source.name, "", wanted);
    const bool as_numbers = source.data.reading.numbers;
    if (kind == FileKind::npy) return open_npy_input(source.name, wanted, as_numbers);
    if (kind == FileKind::zip) return open_npz_input({source.name, ""}, wanted, as_numbers);
    if (kind == FileKind::png || kind == FileKind::jpeg)
        return from_pictures(source, {{source.name, fs::path(source.name).filename().string(), ""}}, source.name,
                             wanted);
    if (kind == FileKind::gzip || kind == FileKind::idx) return open_idx_input(source.name, wanted, as_numbers);
    if (kind == FileKind::text) return from_table(source, wanted);
    throw DataError(fmt::format("{}: is neither an IDX file nor an .npy array nor a PNG{}", source.name,
                                kind == FileKind::unknown ? "" : fmt::format("; it looks like {}", text(kind))));
}

/// A data set's name, or a folder's or an archive's, and the part of it that is meant; empty: none was named.
struct NamedPart {
    std::string set;
    std::string part;
};

/// "mnist", "mnist:train", "folder:test"
NamedPart named_part(const std::string& name) {
    const std::size_t colon = name.rfind(':');
    return {name.substr(0, colon), colon == std::string::npos ? "" : name.substr(colon + 1)};
}

ImageStreamPtr from_name(const ImageSource& source, const PathLook& look, const WantedImages& wanted) {
    const auto [set, part] = named_part(source.name);
    if (!is_set_name(set) && look.kind == PathKind::unreadable)
        throw DataError(fmt::format("{}: cannot be looked at: {}", source.name, look.why_not()));
    const bool is_part = part.empty() || part == "train" || part == "test", is_archive = is_file(set) && !part.empty();
    if ((!is_set_name(set) && !is_folder(set) && !is_archive) || !is_part)
        throw DataError(
            fmt::format("{}: no such file or folder, and no data set's name (mnist, fashion-mnist, synthetic; "
                        "mnist:train for its training images)",
                        source.name));
    if (is_set_name(set)) return from_dataset(source, set, part, wanted);
    return is_archive ? open_npz_input({set, part}, wanted, source.data.reading.numbers)
                      : from_folder(source, set, part, wanted);
}

std::vector<fs::path> files_of_set(const fs::path& folder) {
    std::string why;
    std::vector<fs::path> files;
    if (const auto paths = find_set(folder, why, SetNeeds::train_images)) files.assign(paths->begin(), paths->end());
    std::erase(files, fs::path());
    return files;
}

}  // namespace

void fit(Images& images, const std::string& origin, const WantedImages& wanted) {
    const ImageCounts c = counts_of(images);
    const bool is_row = c.channels == 1 && c.height == 1 && c.width == static_cast<std::uint64_t>(wanted.pixels);
    if (is_row) {  // of a table
        const ImageSize size = wanted.size_or_row();
        images.height = size.height, images.width = size.width, images.channels = size.channels;
    } else if (!images.are_numbers() && wanted.size.channels == 3 && fits(wanted, c.height, c.width, 3)) {
        add_colour(images);
    }
    if (!is_row && !fits(wanted, c.height, c.width, static_cast<std::uint64_t>(images.channels)))
        refuse_size(origin, fmt::format("images of {} pixels", text(size_of(images))), wanted);
}

ImageStreamPtr open_images(const ImageSource& source, const WantedImages& wanted) {
    const bool are_numbers = source.data.reading.numbers;
    if (source.invert && are_numbers) throw UsageError("--invert: is for pixels; the model takes numbers as they are");
    const PathLook look = is_set_name(source.name) ? PathLook() : look_at(source.name);
    ImageStreamPtr images = !look.exists()                  ? from_name(source, look, wanted)
                            : look.kind == PathKind::folder ? from_folder(source, source.name, "", wanted)
                                                            : from_file(source, wanted);
    images = settled(std::move(images), wanted, are_numbers);
    return source.invert ? inverted(std::move(images)) : std::move(images);
}

std::vector<fs::path> files_of_source(const std::string& name) {
    const std::string set = named_part(name).set;
    std::vector<fs::path> files;
    const auto add = [&](const std::vector<fs::path>& more) { files.insert(files.end(), more.begin(), more.end()); };
    if (const KnownSet* known = find_known_set(set))
        for (const fs::path& folder : known_folders(*known)) add(files_of_set(folder));
    else if (is_folder(name) || is_folder(set))
        add(files_of_set(is_folder(name) ? name : set));
    if (files.empty() && is_folder(name)) {
        try {
            const PictureFiles pictures = find_pictures(name);
            for (const auto* part : {&pictures.train, &pictures.test})
                for (const PictureFile& file : *part) files.push_back(file.path);
        } catch (const DataError&) {  // whoever reads it will say so
        }
        if (const fs::path table = table_of_folder(name); !table.empty()) files.push_back(table);
    }
    if (files.empty()) files.emplace_back(name);
    return files;
}

}  // namespace ae
