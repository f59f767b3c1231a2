#include "model/training_data.h"

#include <fmt/format.h>

#include <algorithm>

#include "ae/error.h"
#include "base/facts.h"
#include "base/json_text.h"
#include "data/known_set.h"
#include "file/paths.h"

namespace ae {
namespace fs = std::filesystem;
namespace {

constexpr const char* kSource = "data_source";
constexpr const char* kBeside = "data_source_from_here";
constexpr const char *kColumns = "data_columns", *kLabels = "label_names";

std::string source_of(const Metadata& facts, const fs::path& folder) {
    const std::string source = fact_of(facts, kSource), beside = fact_of(facts, kBeside), name = fact_of(facts, "data");
    if (source.empty()) return is_set_name(name) ? name : std::string();
    if (is_set_name(source) || beside.empty() || look_at(source).kind != PathKind::missing) return source;
    const fs::path moved = (folder / beside).lexically_normal();
    return look_at(moved).kind != PathKind::missing ? moved.string() : source;
}

void describe_names(Metadata& facts, const char* key, const std::vector<std::string>& names) {
    if (!names.empty()) facts[key] = json_text(nlohmann::json(names));
}

std::vector<std::string> described_names(const Metadata& facts, const char* key) {
    const auto names = nlohmann::json::parse(fact_of(facts, key), nullptr, false);
    const bool are_names =
        names.is_array() && std::ranges::all_of(names, [](const auto& name) { return name.is_string(); });
    return are_names ? names.get<std::vector<std::string>>() : std::vector<std::string>();
}

}  // namespace

void describe_source(Metadata& facts, const std::string& source, const fs::path& folder) {
    if (is_set_name(source)) {
        facts[kSource] = source;
        return;
    }
    const fs::path place = absolute_path(source);
    facts[kSource] = place.string();
    const fs::path beside = place.lexically_relative(absolute_path(folder));
    if (!beside.empty()) facts[kBeside] = beside.string();
}

TrainingData training_data(const Metadata& facts, const fs::path& folder) {
    return {source_of(facts, folder), DataSelection::of(facts), fact_of(facts, "data_sha256"),
            fact_of(facts, "data_rest_sha256")};
}

void describe_columns(Metadata& facts, const std::vector<std::string>& columns) {
    describe_names(facts, kColumns, columns);
}

std::vector<std::string> trained_columns(const Metadata& facts) {
    return described_names(facts, kColumns);
}

void describe_labels(Metadata& facts, const std::vector<std::string>& names) {
    describe_names(facts, kLabels, names);
}

std::vector<std::string> trained_labels(const Metadata& facts) {
    return described_names(facts, kLabels);
}

std::string column_name(const std::vector<std::string>& columns, int place) {
    const auto at = static_cast<std::size_t>(place);
    return at < columns.size() ? columns[at] : std::to_string(place + 1);
}

void check_columns(const std::vector<std::string>& columns, const Metadata& facts, const std::string& origin) {
    const std::vector<std::string> own = trained_columns(facts);
    if (columns.empty() || own.empty() || columns.size() != own.size()) return;  // of another size: refused elsewhere
    const auto [found, expected] = std::ranges::mismatch(columns, own);
    if (found == columns.end()) return;
    throw DataError(
        fmt::format("{}: its column of numbers {} is '{:.40}', and '{:.40}' in the table that the model was "
                    "trained on",
                    origin, found - columns.begin() + 1, *found, *expected));
}

}  // namespace ae
