#include "data/image_reading.h"

#include <fmt/format.h>

#include <charconv>

#include "ae/error.h"
#include "base/json_text.h"

namespace ae {
namespace {

constexpr const char *kTranspose = "data_transpose", *kGray = "data_gray", *kResize = "data_resize",
                     *kLabel = "data_label", *kIgnore = "data_ignore";
constexpr int kLongestSide = 65'536;

}  // namespace

void parse_resize(const std::string& text, ImageReading& reading) {
    if (text.empty()) return;
    int width = 0, height = 0;
    const char* const last = text.data() + text.size();
    const auto first = std::from_chars(text.data(), last, width);
    const bool has_both = first.ec == std::errc() && first.ptr != last && *first.ptr == 'x';
    const auto second = std::from_chars(has_both ? first.ptr + 1 : last, last, height);
    const bool is_whole = has_both && second.ec == std::errc() && second.ptr == last;
    if (!is_whole || width < 1 || height < 1 || width > kLongestSide || height > kLongestSide)
        throw UsageError(fmt::format("--resize: '{}' is not WIDTHxHEIGHT, as 32x32 is", text));
    reading.width = width, reading.height = height;
}

std::map<std::string, std::string> reading_facts(const ImageReading& reading) {
    std::map<std::string, std::string> facts;
    if (reading.transpose) facts[kTranspose] = "1";
    if (reading.gray) facts[kGray] = "1";
    if (reading.width > 0) facts[kResize] = fmt::format("{}x{}", reading.width, reading.height);
    if (!reading.label.empty()) facts[kLabel] = reading.label;
    if (!reading.ignore.empty()) facts[kIgnore] = json_text(nlohmann::json(reading.ignore));
    return facts;
}

ImageReading reading_of_facts(const std::map<std::string, std::string>& facts) {
    const auto find = [&](const char* key) {
        const auto at = facts.find(key);
        return at == facts.end() ? std::string() : at->second;
    };
    ImageReading reading;
    reading.transpose = find(kTranspose) == "1";
    reading.gray = find(kGray) == "1";
    reading.label = find(kLabel);
    try {
        parse_resize(find(kResize), reading);
        if (const std::string names = find(kIgnore); !names.empty())
            reading.ignore = nlohmann::json::parse(names).get<std::vector<std::string>>();
    } catch (const UsageError&) {  // another program wrote the file
    } catch (const nlohmann::json::exception&) {
    }
    return reading;
}

}  // namespace ae
