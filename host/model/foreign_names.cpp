#include "model/foreign_names.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace ae {

namespace {

constexpr std::array<std::string_view, 2> kWrappers{"module.", "_orig_mod."};
constexpr std::string_view kFirstTensor = "encoder.0.weight";

/// Whether a word of a name, after which a point follows, begins at `at`.
bool is_word(const std::string& name, std::size_t at) {
    return at == 0 || name[at - 1] == '.';
}

bool take_out(std::string& name, std::string_view wrapper) {
    bool found = false;
    for (std::size_t at = name.find(wrapper); at != name.npos; at = name.find(wrapper, at)) {
        if (is_word(name, at)) {
            name.erase(at, wrapper.size());
            found = true;
        } else {
            ++at;
        }
    }
    return found;
}

/// The prefix before encoder.0.weight; empty if there is none, or if other names begin differently.
std::string shared_prefix(const std::map<std::string, std::string>& names) {
    for (const auto& [old, name] : names) {
        if (!name.ends_with(kFirstTensor) || name.size() == kFirstTensor.size()) continue;
        const std::string prefix = name.substr(0, name.size() - kFirstTensor.size());
        const bool all = std::ranges::all_of(names, [&](const auto& n) { return n.second.starts_with(prefix); });
        if (prefix.ends_with('.') && all) return prefix;
    }
    return "";
}

void add(std::string& list, std::string_view word) {
    list += (list.empty() ? "" : ", ") + std::string(word);
}

}  // namespace

std::string strip_foreign_names(TensorFile& file) {
    std::map<std::string, std::string> names;  // old to new
    for (const auto& [name, tensor] : file.tensors) names[name] = name;
    std::string taken;
    for (const std::string_view wrapper : kWrappers) {
        bool found = false;
        for (auto& [old, name] : names) found |= take_out(name, wrapper);
        if (found) add(taken, wrapper);
    }
    if (const std::string prefix = shared_prefix(names); !prefix.empty()) {
        for (auto& [old, name] : names) name.erase(0, prefix.size());
        add(taken, prefix);
    }
    if (taken.empty()) return taken;
    std::map<std::string, Tensor> renamed;
    for (const auto& [old, name] : names) renamed.emplace(name, Tensor());
    if (renamed.size() != names.size()) return "";
    for (const auto& [old, name] : names) renamed[name] = std::move(file.tensors[old]);
    file.tensors = std::move(renamed);
    return taken;
}

}  // namespace ae
