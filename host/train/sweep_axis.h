// The values of a setting that a sweep goes through: a list, or a range.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ae {

/// Numbers from low to high, in equal steps or, if logarithmic, in equal ratios.
struct SweepRange {
    bool is_log = false;
    double low = 0, high = 0;
    int count = 0;  ///< of values; 0: it was not said, so that only draws are possible
};

struct SweepAxis {
    std::string option;               ///< "--lr"
    std::vector<std::string> values;  ///< as the command line takes them, each once
    std::optional<SweepRange> range;  ///< where the axis is one range and nothing besides
    bool is_whole = false;            ///< its numbers are whole
};

/// The numbers that may stand on an axis.
enum class SweepNumbers { positive, whole };

/// From "0.001", "log:1e-4..1e-2:8" and "lin:16..64:4". Values of a range, but for its ends, are rounded to four digits
/// or to whole numbers. Throws UsageError, which begins with `option`.
SweepAxis number_axis(const std::string& option, const std::vector<std::string>& items, SweepNumbers numbers);

/// The items themselves.
SweepAxis word_axis(const std::string& option, const std::vector<std::string>& items);

/// Every combination of values, those of the last axis changing fastest; one setting without values if there is no
/// axis. Throws UsageError for a range that does not say its number of values and for more settings than kMostSettings.
std::vector<std::vector<std::string>> grid(const std::vector<SweepAxis>& axes);

/// Settings drawn by a seed, no two alike: from an axis that is a range any number of it, from others one of the
/// values. Fewer than `count` where the axes have no more.
std::vector<std::vector<std::string>> random_settings(const std::vector<SweepAxis>& axes, int count,
                                                      std::uint64_t seed);

constexpr std::size_t kMostSettings = 100'000;

}  // namespace ae
