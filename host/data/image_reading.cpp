#include "data/image_reading.h"

#include <fmt/format.h>

#include <tuple>

#include "ae/error.h"
#include "base/facts.h"
#include "base/json_text.h"
#include "base/text.h"

namespace ae {
namespace {

constexpr const char *kTranspose = "data_transpose", *kGray = "data_gray", *kResize = "data_resize",
                     *kLabel = "data_label", *kIgnore = "data_ignore", *kNumbers = "data_numbers";
constexpr int kLongestSide = 65'536;

}  // namespace

void parse_resize(const std::string& text, ImageReading& reading) {
    if (text.empty()) return;
    const auto size = two_numbers(text);
    if (!size || size->first > kLongestSide || size->second > kLongestSide)
        throw UsageError(fmt::format("--resize: '{}' is not WIDTHxHEIGHT, as 32x32 is", text));
    std::tie(reading.width, reading.height) = *size;
}

std::map<std::string, std::string> reading_facts(const ImageReading& reading) {
    std::map<std::string, std::string> facts;
    if (reading.numbers) facts[kNumbers] = "1";
    if (reading.transpose) facts[kTranspose] = "1";
    if (reading.gray) facts[kGray] = "1";
    if (reading.width > 0) facts[kResize] = fmt::format("{}x{}", reading.width, reading.height);
    if (!reading.label.empty()) facts[kLabel] = reading.label;
    if (!reading.ignore.empty()) facts[kIgnore] = json_text(nlohmann::json(reading.ignore));
    return facts;
}

ImageReading reading_of_facts(const std::map<std::string, std::string>& facts) {
    ImageReading reading;
    reading.numbers = fact_of(facts, kNumbers) == "1";
    reading.transpose = fact_of(facts, kTranspose) == "1";
    reading.gray = fact_of(facts, kGray) == "1";
    reading.label = fact_of(facts, kLabel);
    try {
        parse_resize(fact_of(facts, kResize), reading);
        if (const std::string names = fact_of(facts, kIgnore); !names.empty())
            reading.ignore = nlohmann::json::parse(names).get<std::vector<std::string>>();
    } catch (const UsageError&) {  // another program wrote the file
    } catch (const nlohmann::json::exception&) {
    }
    return reading;
}

}  // namespace ae
