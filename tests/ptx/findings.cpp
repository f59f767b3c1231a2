#include "findings.h"

#include "names.h"

namespace ptx {

std::string Site::text() const {
    std::string where = short_name(kernel.name) + ", block " + std::to_string(block) + ", warp " + std::to_string(warp);
    if (lane >= 0) where += ", lane " + std::to_string(lane);
    where += ": " + module.name + " line " + std::to_string(instruction.line);
    if (const auto source = module.sources.find(instruction.source.file); source != module.sources.end())
        where += ", of " + source->second.substr(source->second.rfind('/') + 1) + " line " +
                 std::to_string(instruction.source.line);
    return where + ": " + instruction.text;
}

void Findings::add(const std::string& what, const Site& site) {
    Finding& finding = all_[what];
    if (finding.times++ == 0) finding.first = site.text();
}

std::string Findings::text() const {
    std::string text;
    for (const auto& [what, finding] : all_)
        text += what + ", " + std::to_string(finding.times) + " times, first by " + finding.first + "\n";
    return text;
}

}  // namespace ptx
