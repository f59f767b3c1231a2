// The word that a person may have meant.
#pragma once
#include <string>
#include <vector>

namespace ae {

/// The only one of `words` that begins with `typed`, otherwise the nearest by insertions, deletions and replacements;
/// empty where none is nearer than three of them.
std::string nearest_word(const std::string& typed, const std::vector<std::string>& words);

}  // namespace ae
