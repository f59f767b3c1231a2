#include "engine/algorithm_cache.h"

#include <fmt/format.h>

#include <charconv>
#include <mutex>
#include <nlohmann/json.hpp>

#include "ae/error.h"
#include "data/cache_folder.h"
#include "data/input_file.h"
#include "train/atomic_file.h"

namespace ae {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr const char* kFormat = "ae_cuda algorithms 1";
constexpr std::uint64_t kMostBytes = 1 << 20;  // some thousand choices; what is longer is not ours
constexpr std::size_t kDigits = 16;            // of a word

std::string hex(const Algorithm& algorithm) {
    std::string digits;
    for (const std::uint64_t word : algorithm) digits += fmt::format("{:016x}", word);
    return digits;
}

std::optional<Algorithm> parse_hex(const std::string& digits) {
    Algorithm algorithm{};
    if (digits.size() != algorithm.size() * kDigits) return std::nullopt;
    const char* at = digits.data();
    for (std::uint64_t& word : algorithm) {
        const auto [end, error] = std::from_chars(at, at + kDigits, word, 16);
        if (error != std::errc() || end != at + kDigits) return std::nullopt;
        at += kDigits;
    }
    return algorithm;
}

fs::path file_for(const std::string& made_for) {
    const fs::path folder = cache_folder();
    if (folder.empty()) return folder;
    std::string name;
    for (const char c : made_for) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        if (plain || (!name.empty() && name.back() != '-')) name += plain ? c : '-';
    }
    return folder / (name + ".json");
}

std::string content_or_nothing(const fs::path& file) {
    try {
        return read_input(file, kMostBytes);
    } catch (const DataError&) {
        return "";
    }
}

/// One engine of the process at a time: write_file() asks for it.
std::mutex& writing() {
    static std::mutex mutex;
    return mutex;
}

}  // namespace

AlgorithmCache::AlgorithmCache(std::string made_for)
    : made_for_(std::move(made_for)), file_(file_for(made_for_)), choices_(read()) {}

std::optional<Algorithm> AlgorithmCache::find(const std::string& product) const {
    const auto at = choices_.find(product);
    return at == choices_.end() ? std::nullopt : std::optional(at->second);
}

void AlgorithmCache::put(const std::string& product, const Algorithm& algorithm) {
    const std::scoped_lock lock(writing());
    choices_[product] = algorithm;
    choices_.merge(read());
    if (file_.empty()) return;
    try {
        std::error_code ignored;
        fs::create_directories(file_.parent_path(), ignored);
        write_file(file_, text());
    } catch (const OutputError&) {  // the next run times again
    }
}

AlgorithmCache::Choices AlgorithmCache::read() const {
    const json document =
        file_.empty() ? json() : json::parse(content_or_nothing(file_), nullptr, /*allow_exceptions=*/false);
    Choices choices;
    const auto text_of = [&](const char* key) {
        return document.contains(key) && document[key].is_string() ? document[key].get<std::string>() : "";
    };
    if (!document.is_object() || text_of("format") != kFormat || text_of("made_for") != made_for_) return choices;
    if (!document.contains("choices") || !document["choices"].is_object()) return choices;
    for (const auto& [product, digits] : document["choices"].items())
        if (const auto algorithm = parse_hex(digits.is_string() ? digits.get<std::string>() : ""))
            choices[product] = *algorithm;
    return choices;
}

std::string AlgorithmCache::text() const {
    json choices = json::object();
    for (const auto& [product, algorithm] : choices_) choices[product] = hex(algorithm);
    return json{{"format", kFormat}, {"made_for", made_for_}, {"choices", choices}}.dump(1) + "\n";
}

}  // namespace ae
