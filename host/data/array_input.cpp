#include "data/array_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>

#include "ae/arithmetic.h"
#include "ae/error.h"
#include "data/array_set.h"
#include "data/idx_reader.h"
#include "data/image_array.h"
#include "data/image_check.h"
#include "file/input_file.h"
#include "file/npy.h"
#include "file/npy_file.h"
#include "file/tensor_floats.h"

namespace ae {
namespace fs = std::filesystem;
namespace {

/// How images lie in an array.
struct ArrayLayout {
    ImageFacts facts;
    bool channels_first = false;
};

ArrayLayout layout_of(const std::string& origin, const Dimensions& shape, const WantedImages& wanted, bool as_numbers) {
    const Dimensions nhw = images_in(shape, wanted);
    if (nhw.empty())
        refuse_size(
            origin,
            fmt::format("an array of shape {}, neither n×h×w nor n×{} nor h×w", shape_text(shape), wanted.pixels),
            wanted);
    check_counts(origin, {nhw[0], nhw[1], nhw[2], nhw[3]});
    const auto number = [&](std::size_t i) { return static_cast<int>(nhw[i]); };
    ImageFacts facts{origin, number(0), {number(2), number(1), number(3)}};
    facts.are_numbers = as_numbers;
    return {std::move(facts), has_channels_first(shape, wanted)};
}

/// Images that lie one after the other in an array. What the elements are is an implementation's affair.
class ArrayStream : public ImageStream {
public:
    explicit ArrayStream(ArrayLayout layout)
        : ImageStream(std::move(layout.facts)), channels_first_(layout.channels_first) {}

    std::vector<float> read(int first, int n) const final {
        const std::uint64_t size = facts().size.values();
        std::vector<float> pixels =
            values(static_cast<std::uint64_t>(first) * size, static_cast<std::uint64_t>(n) * size);
        const auto channels = static_cast<std::uint64_t>(facts().size.channels);
        if (channels_first_) pixels = channels_last(pixels, size / channels, channels);
        return pixels;
    }

private:
    virtual std::vector<float> values(std::uint64_t first, std::uint64_t count) const = 0;

    bool channels_first_;
};

/// Bytes, which are pixels, stay bytes.
Npy values_of(const Tensor& array, const ImageFacts& facts) {
    return facts.are_numbers ? Npy{array.shape, to_numbers(array)} : as_npy(array, facts.origin);
}

std::vector<float> floats_of(Npy array) {
    if (const auto* bytes = std::get_if<std::vector<std::uint8_t>>(&array.values)) return unit_values(*bytes);
    return std::move(std::get<std::vector<float>>(array.values));
}

class NpyStream final : public ArrayStream {
public:
    NpyStream(NpyFile file, ArrayLayout layout) : ArrayStream(std::move(layout)), file_(std::move(file)) {}

private:
    std::vector<float> values(std::uint64_t first, std::uint64_t count) const override {
        return floats_of(values_of(file_.read(first, count), facts()));
    }

    NpyFile file_;
};

/// An array in memory: of an archive, or in Fortran order.
class HeldArray final : public ArrayStream {
public:
    HeldArray(Npy array, ArrayLayout layout) : ArrayStream(std::move(layout)), array_(std::move(array)) {}

private:
    std::vector<float> values(std::uint64_t first, std::uint64_t count) const override {
        const auto part = [&](const auto& all) {
            const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first);
            return Npy{{count}, std::vector(begin, begin + static_cast<std::ptrdiff_t>(count))};
        };
        return floats_of(std::visit(part, array_.values));
    }

    Npy array_;
};

ImageStreamPtr held(const Tensor& array, ArrayLayout layout) {
    Npy values = values_of(array, layout.facts);
    return std::make_unique<HeldArray>(std::move(values), std::move(layout));
}

/// The bytes of pixels, or as_numbers 0…255.
std::vector<float> floats_of(std::span<const std::uint8_t> bytes, const ImageFacts& facts) {
    return facts.are_numbers ? std::vector<float>(bytes.begin(), bytes.end()) : unit_values(bytes);
}

/// A file that is not packed; several threads read at a time.
class PlainIdxStream final : public ArrayStream {
public:
    PlainIdxStream(InputFile file, std::uint64_t begin, ArrayLayout layout)
        : ArrayStream(std::move(layout)), file_(std::move(file)), begin_(begin) {}

private:
    std::vector<float> values(std::uint64_t first, std::uint64_t count) const override {
        std::vector<std::uint8_t> bytes(count);
        file_.read_at(begin_ + first, {reinterpret_cast<char*>(bytes.data()), bytes.size()});
        return floats_of(bytes, facts());
    }

    InputFile file_;
    std::uint64_t begin_;  ///< of the values
};

/// A packed file has one place that is read next, so one thread reads at a time.
class IdxStream final : public ArrayStream {
public:
    IdxStream(std::unique_ptr<IdxReader> file, ArrayLayout layout)
        : ArrayStream(std::move(layout)), file_(std::move(file)) {}

private:
    std::vector<float> values(std::uint64_t first, std::uint64_t count) const override {
        const std::scoped_lock lock(mutex_);
        if (first != next_) file_->seek(first);
        std::vector<std::uint8_t> bytes(count);
        const std::size_t got = file_->read(bytes);
        next_ = first + got;
        if (got < count)
            file_->fail(
                fmt::format("declares {} values; it holds {}: cut short or shortened", file_->values(), first + got));
        if (next_ == file_->values()) check_end();
        return floats_of(bytes, facts());
    }

    void check_end() const {
        std::array<std::uint8_t, 1> beyond{};
        next_ += file_->read(beyond);
        if (next_ > file_->values())
            file_->fail(fmt::format("declares {} values but has data after them", file_->values()));
    }

    mutable std::mutex mutex_;
    std::unique_ptr<IdxReader> file_;
    mutable std::uint64_t next_ = 0;
};

}  // namespace

void refuse_size(const std::string& origin, const std::string& found, const WantedImages& wanted) {
    throw UsageError(fmt::format("{}: {}; the model takes images of {} pixels{}", origin, found, wanted.pixels,
                                 wanted.has_size() ? fmt::format(" ({})", text(wanted.size)) : ""));
}

std::vector<float> unit_values(std::span<const std::uint8_t> bytes) {
    std::vector<float> floats(bytes.size());
    std::ranges::transform(bytes, floats.begin(), pixel<float>);
    return floats;
}

ImageStreamPtr open_npy_input(const fs::path& path, const WantedImages& wanted, bool as_numbers) {
    NpyFile file(path);
    ArrayLayout layout = layout_of(path.string(), file.shape(), wanted, as_numbers);
    if (file.is_row_major()) return std::make_unique<NpyStream>(std::move(file), std::move(layout));
    return held(file.read(), std::move(layout));
}

ImageStreamPtr open_npz_input(const ArchivePart& from, const WantedImages& wanted, bool as_numbers) {
    const std::string origin = from.path.string();
    const Arrays arrays = read_npz(from.path);
    const ArrayParts parts = parts_of(arrays, origin);
    const bool is_test = from.part == "test" || (from.part.empty() && parts.test);
    const Tensor* const array = is_test ? parts.test : parts.train;
    const Tensor* const labels = is_test ? parts.test_labels : parts.train_labels;
    if (!array) throw DataError(fmt::format("{}: holds no test images", origin));
    ArrayLayout layout = layout_of(origin, array->shape, wanted, as_numbers);
    if (auto bytes = labels ? to_bytes(*labels) : std::nullopt;
        bytes && bytes->size() == static_cast<std::size_t>(layout.facts.count))
        layout.facts.labels = std::move(*bytes);
    return held(*array, std::move(layout));
}

ImageStreamPtr open_idx_input(const fs::path& path, const WantedImages& wanted, bool as_numbers) {
    auto file = std::make_unique<IdxReader>(path);
    const Dimensions shape(file->dimensions().begin(), file->dimensions().end());
    ArrayLayout layout = layout_of(path.string(), shape, wanted, as_numbers);
    if (file->is_compressed()) return std::make_unique<IdxStream>(std::move(file), std::move(layout));
    return std::make_unique<PlainIdxStream>(InputFile(path), file->header().size(), std::move(layout));
}

}  // namespace ae
