#include "train/sweep_axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string_view>

#include "ae/arithmetic.h"
#include "ae/error.h"
#include "base/text.h"

namespace ae {

namespace {

constexpr int kMostOfARange = 1000;

std::string text_of(double value, bool is_whole) {
    return is_whole ? fmt::format("{:.0f}", value) : fmt::format("{}", value);
}

double rounded(double value, bool is_whole) {
    return is_whole ? std::round(value) : number_of(fmt::format("{:.4g}", value));
}

class Reader {
public:
    Reader(const std::string& option, SweepNumbers numbers) : option_(option), numbers_(numbers) {}

    bool is_whole() const { return numbers_ == SweepNumbers::whole; }

    double number(std::string_view text) const {
        const double value = number_of(text);
        const bool fits = value >= 1 && value <= std::numeric_limits<int>::max() && value == std::floor(value);
        if (is_whole() ? fits : value > 0 && std::isfinite(value)) return value;
        throw UsageError(fmt::format("{}: '{}' is neither {} nor a range such as {}", option_, text,
                                     is_whole() ? "a whole number above 0" : "a number above 0", example()));
    }

    /// "log:LO..HI:N", "lin:LO..HI:N", without :N for draws; none for anything that begins in another way.
    std::optional<SweepRange> range(std::string_view text) const {
        if (!text.starts_with("log:") && !text.starts_with("lin:")) return std::nullopt;
        const std::string_view numbers = text.substr(4);
        const std::size_t dots = numbers.find(".."), colon = numbers.rfind(':');
        if (dots == numbers.npos) throw wrong(text, "is not LO..HI after its colon");
        const bool has_count = colon != numbers.npos && colon > dots;
        const std::size_t end = has_count ? colon : numbers.size();
        SweepRange range{text.starts_with("log:"), number(numbers.substr(0, dots)),
                         number(numbers.substr(dots + 2, end - dots - 2)), 0};
        if (!(range.low < range.high)) throw wrong(text, "does not rise");
        if (!has_count) return range;
        const double count = number_of(numbers.substr(colon + 1));
        if (!(count >= 2 && count <= kMostOfARange && count == std::floor(count)))
            throw wrong(text, fmt::format("does not end with a number of values in 2…{}", kMostOfARange));
        range.count = static_cast<int>(count);
        return range;
    }

private:
    const char* example() const { return is_whole() ? "log:8..64:4" : "log:1e-4..1e-2:8"; }

    UsageError wrong(std::string_view text, const std::string& what) const {
        return UsageError(fmt::format("{}: '{}' {}; a range is written as {}", option_, text, what, example()));
    }

    const std::string& option_;
    SweepNumbers numbers_;
};

/// The number at a place 0…1 of the range.
double at(const SweepRange& range, double place) {
    if (!range.is_log) return range.low + place * (range.high - range.low);
    return range.low * std::pow(range.high / range.low, place);
}

std::vector<std::string> values_of(const SweepRange& range, bool is_whole) {
    std::vector<std::string> values;
    for (int i = 0; i < range.count; ++i) {
        const bool is_end = i == 0 || i + 1 == range.count;
        const double value = i == 0 ? range.low : is_end ? range.high : at(range, double(i) / (range.count - 1));
        values.push_back(text_of(is_end ? value : rounded(value, is_whole), is_whole));
    }
    return values;
}

void add_once(std::vector<std::string>& values, const std::string& value) {
    if (std::ranges::find(values, value) == values.end()) values.push_back(value);
}

std::string draw(const SweepAxis& axis, std::uint64_t bits) {
    const double place = unit_uniform(bits);
    if (axis.range) return text_of(rounded(at(*axis.range, place), axis.is_whole), axis.is_whole);
    return axis.values[static_cast<std::size_t>(place * static_cast<double>(axis.values.size()))];
}

}  // namespace

SweepAxis number_axis(const std::string& option, const std::vector<std::string>& items, SweepNumbers numbers) {
    const Reader reader(option, numbers);
    SweepAxis axis{option, {}, std::nullopt, reader.is_whole()};
    for (const std::string& item : items) {
        const std::optional<SweepRange> range = reader.range(item);
        if (range && items.size() == 1) axis.range = range;
        if (range && items.size() > 1 && range->count == 0)
            throw UsageError(
                fmt::format("{}: '{}' beside other values has to say its number of values: {}:8", option, item, item));
        if (!range) add_once(axis.values, text_of(reader.number(item), axis.is_whole));
        if (range)
            for (const std::string& value : values_of(*range, axis.is_whole)) add_once(axis.values, value);
    }
    return axis;
}

SweepAxis word_axis(const std::string& option, const std::vector<std::string>& items) {
    SweepAxis axis{option, {}, std::nullopt, false};
    for (const std::string& item : items) add_once(axis.values, item);
    return axis;
}

std::vector<std::vector<std::string>> grid(const std::vector<SweepAxis>& axes) {
    std::vector<std::vector<std::string>> settings{{}};
    for (const SweepAxis& axis : axes) {
        if (axis.values.empty())
            throw UsageError(fmt::format(
                "{}: the range does not say its number of values, as :8 at its end would; only --random does without",
                axis.option));
        if (settings.size() * axis.values.size() > kMostSettings)
            throw UsageError(
                fmt::format("{}: makes more than {} settings; --random N tries N of them", axis.option, kMostSettings));
        std::vector<std::vector<std::string>> longer;
        for (const std::vector<std::string>& setting : settings)
            for (const std::string& value : axis.values) {
                longer.push_back(setting);
                longer.back().push_back(value);
            }
        settings = std::move(longer);
    }
    return settings;
}

std::vector<std::vector<std::string>> random_settings(const std::vector<SweepAxis>& axes, int count,
                                                      std::uint64_t seed) {
    constexpr std::uint64_t kStream = 0x7377656570u;  // of these draws alone
    constexpr std::uint64_t kTries = 100;             // for one setting that is not there yet
    std::vector<std::vector<std::string>> settings;
    std::set<std::vector<std::string>> drawn;
    for (std::uint64_t i = 0;
         i < kTries * static_cast<std::uint64_t>(count) && settings.size() < static_cast<std::size_t>(count); ++i) {
        std::vector<std::string> setting;
        for (std::size_t a = 0; a < axes.size(); ++a)
            setting.push_back(draw(axes[a], random_bits(seed, kStream + a, i)));
        if (drawn.insert(setting).second) settings.push_back(std::move(setting));
    }
    return settings;
}

}  // namespace ae
