#include "engine/names.h"

namespace ae {

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
    return parse_name<Activation>(activation_names(), name, "activation");
}

Decay parse_decay(const std::string& name) {
    return parse_name<Decay>(decay_names(), name, "schedule");
}

}  // namespace ae
