#include "data/image_stream.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "data/idx_set.h"
#include "data/image_check.h"
#include "data/image_input.h"
#include "data/image_selection.h"

namespace ae {
namespace {

constexpr int kMostAtATime = 4096, kFewestAtATime = 256;  // whole chunks of an engine
constexpr std::size_t kValuesAtATime = std::size_t(1) << 22;

class ImagesOfSet final : public ImageStream {
public:
    ImagesOfSet(Images images, ImageFacts facts) : ImageStream(std::move(facts)), images_(std::move(images)) {}
    std::vector<float> read(int first, int n) const override { return images_.floats(first, n); }

private:
    Images images_;
};

/// Neighbours that were chosen together are read together.
class ChosenImages final : public ImageStream {
public:
    ChosenImages(std::shared_ptr<const ImageStream> from, std::vector<int> numbers, ImageFacts facts)
        : ImageStream(std::move(facts)), from_(std::move(from)), numbers_(std::move(numbers)) {}

    std::vector<float> read(int first, int n) const override {
        const auto chosen = std::span(numbers_).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(n));
        std::vector<float> pixels;
        pixels.reserve(chosen.size() * facts().size.values());
        for (std::size_t i = 0; i < chosen.size();) {
            const std::size_t run = length_of_run(chosen.subspan(i));
            const std::vector<float> read = from_->read(chosen[i], static_cast<int>(run));
            pixels.insert(pixels.end(), read.begin(), read.end());
            i += run;
        }
        return pixels;
    }

private:
    static std::size_t length_of_run(std::span<const int> numbers) {
        std::size_t length = 1;
        while (length < numbers.size() && numbers[length] == numbers[length - 1] + 1) ++length;
        return length;
    }

    std::shared_ptr<const ImageStream> from_;
    std::vector<int> numbers_;
};

class NamedImages final : public ImageStream {
public:
    NamedImages(std::shared_ptr<const ImageStream> from, ImageFacts facts)
        : ImageStream(std::move(facts)), from_(std::move(from)) {}
    std::vector<float> read(int first, int n) const override { return from_->read(first, n); }

private:
    std::shared_ptr<const ImageStream> from_;
};

class InvertedImages final : public ImageStream {
public:
    explicit InvertedImages(ImageStreamPtr from) : ImageStream(from->facts()), from_(std::move(from)) {}
    std::vector<float> read(int first, int n) const override {
        std::vector<float> pixels = from_->read(first, n);
        for (float& v : pixels) v = 1 - v;
        return pixels;
    }

private:
    ImageStreamPtr from_;
};

class ScaledNumbers final : public ImageStream {
public:
    ScaledNumbers(std::shared_ptr<const ImageStream> from, Scale scale)
        : ImageStream(from->facts()), from_(std::move(from)), scale_(std::move(scale)) {}
    std::vector<float> read(int first, int n) const override {
        std::vector<float> numbers = from_->read(first, n);
        scale_.apply(numbers);
        return numbers;
    }

private:
    std::shared_ptr<const ImageStream> from_;
    Scale scale_;
};

}  // namespace

ImageStreamPtr stream_of(Images images, const std::string& origin) {
    ImageFacts facts{origin,
                     images.count,
                     size_of(images),
                     std::move(images.labels),
                     std::move(images.names),
                     std::move(images.columns),
                     images.are_numbers()};
    return std::make_unique<ImagesOfSet>(std::move(images), std::move(facts));
}

ImageStreamPtr chosen_images(std::shared_ptr<const ImageStream> from, std::vector<int> numbers) {
    const ImageFacts& all = from->facts();
    ImageFacts facts{all.origin, static_cast<int>(numbers.size()), all.size, {}, {}, all.columns, all.are_numbers};
    if (!all.labels.empty()) facts.labels = take_labels(all.labels, numbers);
    if (!all.names.empty())
        for (const int i : numbers) facts.names.push_back(all.names[static_cast<std::size_t>(i)]);
    return std::make_unique<ChosenImages>(std::move(from), std::move(numbers), std::move(facts));
}

std::shared_ptr<const ImageStream> first_images(std::shared_ptr<const ImageStream> from, int most) {
    if (from->rows() <= most) return from;
    std::vector<int> numbers(static_cast<std::size_t>(most));
    std::iota(numbers.begin(), numbers.end(), 0);
    return chosen_images(std::move(from), std::move(numbers));
}

ImageStreamPtr with_facts(std::shared_ptr<const ImageStream> from, ImageFacts facts) {
    return std::make_unique<NamedImages>(std::move(from), std::move(facts));
}

ImageStreamPtr inverted(ImageStreamPtr from) {
    return std::make_unique<InvertedImages>(std::move(from));
}

ImageStreamPtr scaled(ImageStreamPtr from, Scale scale) {
    if (scale.is_none()) return from;
    return std::make_unique<ScaledNumbers>(std::move(from), std::move(scale));
}

std::shared_ptr<const ImageStream> scaled(std::shared_ptr<const ImageStream> from, Scale scale) {
    if (scale.is_none()) return from;
    return std::make_shared<ScaledNumbers>(std::move(from), std::move(scale));
}

namespace {

/// The bytes that the pixels were.
std::vector<std::uint8_t> bytes_of(const std::vector<float>& pixels) {
    std::vector<std::uint8_t> bytes(pixels.size());
    std::ranges::transform(pixels, bytes.begin(),
                           [](float v) { return static_cast<std::uint8_t>(std::lround(255 * v)); });
    return bytes;
}

}  // namespace

void hash_values(Sha256& hash, const ImageStream& stream, const std::function<void(int)>& progress) {
    const ImageFacts& facts = stream.facts();
    int done = 0;
    const int n = images_at_a_time(facts.size);
    for (int first = 0; first < stream.rows(); first += std::min(n, stream.rows() - first)) {
        const std::vector<float> pixels = stream.read(first, std::min(n, stream.rows() - first));
        const std::vector<std::uint8_t> bytes = facts.are_numbers ? std::vector<std::uint8_t>() : bytes_of(pixels);
        hash.update(facts.are_numbers ? std::as_bytes(std::span(pixels)) : std::as_bytes(std::span(bytes)));
        done += static_cast<int>(pixels.size() / facts.size.values());
        if (progress) progress(done);
    }
}

std::string sha256_of(const ImageStream& stream, const std::function<void(int)>& progress) {
    const ImageFacts& facts = stream.facts();
    Sha256 hash;
    const auto number = [](int n) { return static_cast<std::uint64_t>(n); };
    hash_idx_header(
        hash, {number(facts.count), number(facts.size.height), number(facts.size.width), number(facts.size.channels)});
    hash_values(hash, stream, progress);
    return hash.hex();
}

int images_at_a_time(ImageSize size) {
    const std::size_t fitting = kValuesAtATime / size.values() / kFewestAtATime * kFewestAtATime;
    return static_cast<int>(std::clamp<std::size_t>(fitting, kFewestAtATime, kMostAtATime));
}

}  // namespace ae
