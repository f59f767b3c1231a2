#include "base/words.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace ae {

namespace {

/// Levenshtein's distance: insertions, deletions and replacements that turn `a` into `b`.
std::size_t edit_distance(const std::string& a, const std::string& b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
        }
    }
    return row[b.size()];
}

}  // namespace

std::string nearest_word(const std::string& typed, const std::vector<std::string>& words) {
    std::vector<std::string> longer;
    std::ranges::copy_if(words, std::back_inserter(longer), [&](const auto& word) { return word.starts_with(typed); });
    if (longer.size() == 1) return longer.front();
    std::string best;
    std::size_t best_distance = 3;
    for (const std::string& word : words) {
        const std::size_t distance = edit_distance(typed, word);
        if (distance < best_distance) best = word, best_distance = distance;
    }
    return best;
}

}  // namespace ae
