#include "data/picture_folder.h"

#include <fmt/format.h>

#include <algorithm>

#include "ae/error.h"
#include "data/image_check.h"
#include "data/label_numbers.h"
#include "file/paths.h"

namespace ae {
namespace fs = std::filesystem;
namespace {

constexpr int kDeepest = 16;  // links may lead round in a circle

/// Adds the pictures of a folder and of those below it.
void collect(std::vector<PictureFile>& files, const fs::path& folder, const PictureFile& place, int depth) {
    for (const fs::path& entry : entries_of(folder)) {
        const std::string own = entry.filename().string();
        if (own.starts_with('.')) continue;
        const PathKind kind = kind_of(entry);
        if (kind == PathKind::folder && depth < kDeepest)
            collect(files, entry, {{}, place.name + own + "/", depth == 0 ? own : place.label}, depth + 1);
        if (kind == PathKind::file && (has_picture_ending(entry) || is_picture_file(entry)))
            files.push_back({entry, place.name + own, place.label});
    }
}

std::vector<PictureFile> pictures_of(const fs::path& folder) {
    std::vector<PictureFile> files;
    collect(files, folder, {}, 0);
    return files;
}

/// Throws DataError for pictures both in the folder and in its subfolders.
void check_labels(const std::vector<PictureFile>& files, const fs::path& folder) {
    const auto lies_in_folder = [](const PictureFile& file) { return file.label.empty(); };
    const auto labelled = std::ranges::find_if_not(files, lies_in_folder);
    const auto unlabelled = std::ranges::find_if(files, lies_in_folder);
    if (labelled != files.end() && unlabelled != files.end())
        throw DataError(
            fmt::format("{}: holds pictures both in itself ({}) and in subfolders ({}), which would be "
                        "their labels; move the former into one",
                        folder.string(), unlabelled->name, labelled->name));
}

/// Puts pictures of one size one after the other.
class Stack {
public:
    void add(const Picture& picture, const PictureFile& file) {
        if (images_.count == 0) images_.height = picture.height, images_.width = picture.width;
        if (picture.height != images_.height || picture.width != images_.width)
            throw DataError(
                fmt::format("{}: a picture of {}×{} pixels among others of {}×{}; --resize {}x{} "
                            "(WIDTHxHEIGHT) brings all to one size",
                            file.path.string(), picture.height, picture.width, images_.height, images_.width,
                            images_.width, images_.height));
        if (picture.channels > images_.channels) add_colour(images_);
        const Picture stacked = images_.channels == 3 ? to_colour(picture) : picture;
        images_.pixels.insert(images_.pixels.end(), stacked.pixels.begin(), stacked.pixels.end());
        images_.names.push_back(file.name);
        ++images_.count;
    }

    Images take() && { return std::move(images_); }

private:
    Images images_;
};

LabelTexts labels_of(const std::vector<PictureFile>& files) {
    LabelTexts labels;
    for (const PictureFile& file : files)
        if (!file.label.empty()) labels.push_back(file.label);
    return labels;
}

void say_changes(const Dataset& data, const DatasetOptions& options) {
    const ImageReading& reading = options.reading;
    if (!options.log) return;
    if (reading.gray) options.log("colours are turned to grey (--gray)");
    if (reading.width > 0)
        options.log(fmt::format("every picture is brought to {} pixels (--resize)", text(size_of(data.train))));
}

}  // namespace

PictureFiles find_pictures(const fs::path& folder) {
    const fs::path train = folder / "train", test = folder / "test";
    if (!is_folder(train)) {
        PictureFiles files{pictures_of(folder), {}};
        const bool is_half = is_folder(test) && std::ranges::any_of(files.train, [](const PictureFile& file) {
                                 return file.label == "test";
                             });
        if (is_half)
            throw DataError(
                fmt::format("{}: has a test/ and no train/; name the folder of the pictures, or add "
                            "train/",
                            folder.string()));
        return files;
    }
    PictureFiles files{pictures_of(train), {}};
    if (files.train.empty()) throw DataError(fmt::format("{}: holds no PNG or JPEG files", train.string()));
    if (is_folder(test)) files.test = pictures_of(test);
    return files;
}

void add_colour(Images& images) {
    if (images.channels != 1) return;
    images.pixels = to_colour({images.pixels_per_image(), images.count, std::move(images.pixels)}).pixels;
    images.channels = 3;
}

Images read_pictures(const std::vector<PictureFile>& files, const PictureReading& reading, const PictureCheck& check) {
    Stack stack;
    for (const PictureFile& file : files) {
        const Picture picture = read_picture(file.path, reading);
        if (check) check(picture, file);
        stack.add(picture, file);
    }
    return std::move(stack).take();
}

Dataset read_picture_folder(const fs::path& folder, const PictureFiles& files, const DatasetOptions& options) {
    for (const auto* part : {&files.train, &files.test}) check_labels(*part, folder);
    PictureReading reading;
    reading.grey = options.reading.gray;
    reading.width = options.reading.width, reading.height = options.reading.height;
    Dataset data{.name = {},
                 .origin = absolute_path(folder).string(),
                 .train = read_pictures(files.train, reading),
                 .test = read_pictures(files.test, reading),
                 .sha256 = {}};
    if (data.test.count > 0 && data.train.channels != data.test.channels) add_colour(data.train), add_colour(data.test);
    check_counts(data.origin, counts_of(data.train));
    set_labels(data, labels_of(files.train), labels_of(files.test));
    say_changes(data, options);
    return data;
}

}  // namespace ae
