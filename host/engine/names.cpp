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

const std::vector<std::string>& loss_names() {
    static const std::vector<std::string> names{"bce", "mse"};
    return names;
}

const std::vector<std::string>& scaling_names() {
    static const std::vector<std::string> names{"none", "minmax", "standard"};
    return names;
}

std::string text(Activation activation) {
    return activation_names()[static_cast<std::size_t>(activation)];
}

std::string text(Decay decay) {
    return decay_names()[static_cast<std::size_t>(decay)];
}

std::string text(Loss loss) {
    return loss_names()[static_cast<std::size_t>(loss)];
}

std::string text(Scaling scaling) {
    return scaling_names()[static_cast<std::size_t>(scaling)];
}

Activation parse_activation(const std::string& name) {
    return parse_name<Activation>(activation_names(), name, "activation");
}

Decay parse_decay(const std::string& name) {
    return parse_name<Decay>(decay_names(), name, "schedule");
}

Loss parse_loss(const std::string& name) {
    return parse_name<Loss>(loss_names(), name, "loss");
}

Scaling parse_scaling(const std::string& name) {
    return parse_name<Scaling>(scaling_names(), name, "scale");
}

}  // namespace ae
