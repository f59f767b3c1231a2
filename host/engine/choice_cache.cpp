#include "engine/choice_cache.h"

#include <fmt/format.h>

#include <mutex>
#include <nlohmann/json.hpp>

#include "ae/error.h"
#include "base/json_text.h"
#include "file/atomic_file.h"
#include "file/cache_folder.h"
#include "file/input_file.h"
#include "file/paths.h"

namespace ae {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr const char* kFormat = "ae_cuda choices 1";
constexpr std::uint64_t kMostBytes = 1 << 20;  // some thousand choices; a longer file is not ours

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

/// Only one engine of the process writes at a time, as write_file() requires.
std::mutex& writing() {
    static std::mutex mutex;
    return mutex;
}

}  // namespace

ChoiceCache::ChoiceCache(std::string made_for)
    : made_for_(std::move(made_for)), file_(file_for(made_for_)), choices_(read()) {}

std::optional<std::string> ChoiceCache::find(const std::string& what) const {
    const auto at = choices_.find(what);
    return at == choices_.end() ? std::nullopt : std::optional(at->second);
}

void ChoiceCache::put(const std::string& what, const std::string& choice) {
    const std::scoped_lock lock(writing());
    choices_[what] = choice;
    choices_.merge(read());
    if (file_.empty()) return;
    try {
        create_folders(file_.parent_path());  // write_file() reports what is wrong with it
        write_file(file_, text());
    } catch (const OutputError&) {  // the next run chooses again
    }
}

ChoiceCache::Choices ChoiceCache::read() const {
    const json document =
        file_.empty() ? json() : json::parse(content_or_nothing(file_), nullptr, /*allow_exceptions=*/false);
    Choices choices;
    const auto text_of = [&](const char* key) {
        return document.contains(key) && document[key].is_string() ? document[key].get<std::string>() : "";
    };
    if (!document.is_object() || text_of("format") != kFormat || text_of("made_for") != made_for_) return choices;
    if (!document.contains("choices") || !document["choices"].is_object()) return choices;
    for (const auto& [what, choice] : document["choices"].items())
        if (choice.is_string()) choices[what] = choice.get<std::string>();
    return choices;
}

std::string ChoiceCache::text() const {
    return json_text(json{{"format", kFormat}, {"made_for", made_for_}, {"choices", choices_}}, 1) + "\n";
}

}  // namespace ae
