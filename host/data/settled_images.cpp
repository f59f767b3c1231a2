#include "data/settled_images.h"

#include <algorithm>
#include <cmath>

#include "data/image_check.h"

namespace ae {
namespace {

bool is_unit(float v) {
    return v >= 0 && v <= 1;
}

/// Whether all of them are. It looks at each, without a branch and with a word for a flag: then g++ looks at several at
/// once, in a third of the time.
bool are_units(const std::vector<float>& pixels) {
    unsigned wrong = 0;
    for (const float v : pixels) wrong |= static_cast<unsigned>(!is_unit(v));
    return wrong == 0;
}

void clamp_rounded(std::vector<float>& pixels) {
    constexpr float kRounding = 1e-5f;
    for (float& v : pixels)
        if ((v > 1 && v <= 1 + kRounding) || (v < 0 && v >= -kRounding)) v = v > 0.5f ? 1.0f : 0.0f;
}

/// The expectation of pixels, with advice.
std::string unit_text(const std::vector<float>& pixels) {
    const bool looks_like_bytes =
        std::ranges::all_of(pixels, [](float v) { return v >= 0 && v <= 255 && v == std::round(v); });
    return std::string("pixels must lie in [0, 1]") + (looks_like_bytes ? " (divide them by 255?)" : "");
}

ImageFacts facts_of(const ImageStream& from, bool are_numbers) {
    ImageFacts facts = from.facts();
    facts.are_numbers = are_numbers;
    return facts;
}

class SettledImages final : public ImageStream {
public:
    SettledImages(ImageStreamPtr from, bool any_number, bool are_numbers)
        : ImageStream(facts_of(*from, are_numbers)), from_(std::move(from)), any_number_(any_number) {}

    std::vector<float> read(int first, int n) const override {
        std::vector<float> values = from_->read(first, n);
        const auto check = [&](auto is_right, const std::string& expected) {
            check_values(facts().origin, values, facts().size, is_right, expected, std::ptrdiff_t(first) * cols());
        };
        if (any_number_) {
            check([](float v) { return std::isfinite(v); }, "finite numbers were expected");
            return values;
        }
        if (are_units(values)) return values;  // before anything is done to each
        clamp_rounded(values);
        if (!are_units(values)) check(is_unit, unit_text(values));
        return values;
    }

private:
    ImageStreamPtr from_;
    bool any_number_;
};

}  // namespace

ImageStreamPtr settled(ImageStreamPtr from, const WantedImages& wanted, bool are_numbers) {
    return std::make_unique<SettledImages>(std::move(from), wanted.any_number, are_numbers);
}

}  // namespace ae
