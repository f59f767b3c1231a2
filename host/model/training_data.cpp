#include "model/training_data.h"

#include "base/facts.h"
#include "data/known_set.h"
#include "file/paths.h"

namespace ae {
namespace fs = std::filesystem;
namespace {

constexpr const char* kSource = "data_source";
constexpr const char* kBeside = "data_source_from_here";

std::string source_of(const Metadata& facts, const fs::path& folder) {
    const std::string source = fact_of(facts, kSource), beside = fact_of(facts, kBeside), name = fact_of(facts, "data");
    if (source.empty()) return is_set_name(name) ? name : std::string();
    if (is_set_name(source) || beside.empty() || look_at(source).kind != PathKind::missing) return source;
    const fs::path moved = (folder / beside).lexically_normal();
    return look_at(moved).kind != PathKind::missing ? moved.string() : source;
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

}  // namespace ae
