#include "names.h"

#include <fmt/format.h>

#include <algorithm>

#include "ae/error.h"

namespace ae {

namespace {

/// The names' order is that of the enumeration.
template <typename E>
E parse(const std::vector<std::string>& names, const std::string& name, const char* what) {
    const auto at = std::find(names.begin(), names.end(), name);
    if (at == names.end())
        throw UsageError(fmt::format("{}: '{}' is not one of {}", what, name, fmt::join(names, ", ")));
    return static_cast<E>(at - names.begin());
}

}  // namespace

const std::vector<std::string>& activation_names() {
    static const std::vector<std::string> names{"relu", "linear", "tanh"};
    return names;
}

const std::vector<std::string>& decay_names() {
    static const std::vector<std::string> names{"constant", "linear", "cosine"};
    return names;
}

std::string text(Activation activation) {
    return activation_names()[static_cast<std::size_t>(activation)];
}

std::string text(Decay decay) {
    return decay_names()[static_cast<std::size_t>(decay)];
}

Activation parse_activation(const std::string& name) {
    return parse<Activation>(activation_names(), name, "activation");
}

Decay parse_decay(const std::string& name) {
    return parse<Decay>(decay_names(), name, "schedule");
}

}  // namespace ae
