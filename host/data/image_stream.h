// The images that a command reads, piece by piece: the one interface of everything that images come in.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ae/dataset.h"
#include "ae/scale.h"
#include "base/row_source.h"
#include "file/picture.h"
#include "file/sha256.h"

namespace ae {

/// All but the values.
struct ImageFacts {
    std::string origin = {};  ///< for people: the file or set that is read
    int count = 0;
    ImageSize size = {0, 0};
    std::vector<std::uint8_t> labels = {};  ///< count, or empty
    std::vector<std::string> names = {};    ///< of a folder's files, in the order of the images; otherwise empty
    std::vector<std::string> columns = {};  ///< names of an image's values, of a table with a header; or empty
    bool are_numbers = false;               ///< and no pixels
};

/// A row is an image, height × width × channels values: pixels in [0, 1], or numbers. Whatever its elements are in the
/// file or in memory, an implementation hands them out as floats, so that another type of element is another
/// implementation. read() throws DataError where the images turn out to be damaged, naming the place.
class ImageStream : public RowSource {
public:
    explicit ImageStream(ImageFacts facts) : facts_(std::move(facts)) {}

    const ImageFacts& facts() const { return facts_; }
    int rows() const final { return facts_.count; }
    int cols() const final { return static_cast<int>(facts_.size.values()); }

private:
    ImageFacts facts_;
};

using ImageStreamPtr = std::unique_ptr<ImageStream>;

/// Images of a set, which are kept in bytes or in numbers.
ImageStreamPtr stream_of(Images images, const std::string& origin);

/// The images of these numbers, in this order, with their labels.
ImageStreamPtr chosen_images(std::shared_ptr<const ImageStream> from, std::vector<int> numbers);

/// The first ones, at most `most`.
std::shared_ptr<const ImageStream> first_images(std::shared_ptr<const ImageStream> from, int most);

/// The same images by other facts, of which number and size are the same.
ImageStreamPtr with_facts(std::shared_ptr<const ImageStream> from, ImageFacts facts);

/// 1 − pixel.
ImageStreamPtr inverted(ImageStreamPtr from);

/// Numbers as a network sees them.
ImageStreamPtr scaled(ImageStreamPtr from, Scale scale);
std::shared_ptr<const ImageStream> scaled(std::shared_ptr<const ImageStream> from, Scale scale);

/// As idx_sha256() of the same images; `progress`, if given, hears how many have been read.
std::string sha256_of(const ImageStream& stream, const std::function<void(int)>& progress = {});

/// Hashes the values, as sha256_of() does: the bytes that pixels were, or numbers.
void hash_values(Sha256& hash, const ImageStream& stream, const std::function<void(int)>& progress = {});

/// How many images of this size are read at a time: 4096, fewer where they are large. The numbers that a network gives
/// for an image do not depend on it.
int images_at_a_time(ImageSize size);

}  // namespace ae
