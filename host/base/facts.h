// Texts by name, as the metadata of models and checkpoints are.
#pragma once
#include <map>
#include <string>

namespace ae {

/// The text of that name; `otherwise` where there is none.
inline std::string fact_of(const std::map<std::string, std::string>& facts, const std::string& name,
                           const std::string& otherwise = "") {
    const auto at = facts.find(name);
    return at == facts.end() ? otherwise : at->second;
}

}  // namespace ae
