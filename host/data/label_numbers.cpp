#include "data/label_numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>
#include <optional>
#include <set>

#include "ae/error.h"

namespace ae {
namespace {

constexpr std::size_t kMostLabels = 256;

struct NaturalOrder {
    bool operator()(const std::string& a, const std::string& b) const {
        const int order = ::strverscmp(a.c_str(), b.c_str());
        return order != 0 ? order < 0 : a < b;
    }
};

using Numbers = std::map<std::string, std::uint8_t>;

std::optional<std::uint8_t> number_in(const std::string& text) {
    std::uint8_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_whole = error == std::errc() && end == text.data() + text.size();
    return is_whole && std::to_string(number) == text ? std::optional(number) : std::nullopt;
}

/// The numbers that the names are; none where one of them is another text.
std::optional<Numbers> numbers_that_they_are(const std::set<std::string, NaturalOrder>& names) {
    Numbers numbers;
    for (const std::string& name : names) {
        const auto number = number_in(name);
        if (!number) return std::nullopt;
        numbers[name] = *number;
    }
    return numbers;
}

void set_labels(Images& images, const LabelTexts& texts, const Numbers& numbers) {
    for (const std::string& text : texts) images.labels.push_back(numbers.at(text));
}

}  // namespace

void set_labels(Dataset& data, const LabelTexts& train, const LabelTexts& test) {
    std::set<std::string, NaturalOrder> names(train.begin(), train.end());
    names.insert(test.begin(), test.end());
    if (names.size() > kMostLabels)
        throw DataError(
            fmt::format("{}: has {} labels; up to {} can be told apart", data.origin, names.size(), kMostLabels));
    std::optional<Numbers> numbers = numbers_that_they_are(names);
    if (!numbers) {
        data.label_names.assign(names.begin(), names.end());
        numbers.emplace();
        for (std::size_t i = 0; i < data.label_names.size(); ++i)
            (*numbers)[data.label_names[i]] = static_cast<std::uint8_t>(i);
    }
    set_labels(data.train, train, *numbers);
    set_labels(data.test, test, *numbers);
}

}  // namespace ae
