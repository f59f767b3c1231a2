// The settings of a run, one by one, and their names in files, for people and on the command line.
#pragma once
#include <fmt/format.h>

#include <string>

#include "ae/engine.h"
#include "engine/names.h"

namespace ae {

struct SettingName {
    const char* key;        ///< in config.json and in the metadata of models and checkpoints
    const char* words;      ///< for people
    const char* option;     ///< of ae_cuda train; empty if there is none
    bool is_newer = false;  ///< files of before lack it and mean the default
};

/// Calls visit(SettingName, get) for every setting; get(settings) is a reference to it.
template <typename Visit>
void for_each_setting(Visit visit) {
    visit(
        SettingName{"layers", "layers", "--layers"}, [](auto& s) -> auto& { return s.shape; });
    visit(
        SettingName{"batch_size", "batch size", "--batch-size"}, [](auto& s) -> auto& { return s.batch_size; });
    visit(
        SettingName{"learning_rate", "learning rate", "--lr"}, [](auto& s) -> auto& { return s.adam.learning_rate; });
    visit(
        SettingName{"beta1", "beta1", "--beta1"}, [](auto& s) -> auto& { return s.adam.beta1; });
    visit(
        SettingName{"beta2", "beta2", "--beta2"}, [](auto& s) -> auto& { return s.adam.beta2; });
    visit(
        SettingName{"epsilon", "epsilon", "--eps"}, [](auto& s) -> auto& { return s.adam.epsilon; });
    visit(
        SettingName{"schedule", "schedule", "--schedule"}, [](auto& s) -> auto& { return s.adam.decay; });
    visit(
        SettingName{"schedule_steps", "schedule's steps", ""}, [](auto& s) -> auto& { return s.adam.decay_steps; });
    visit(
        SettingName{"seed", "seed", "--seed"}, [](auto& s) -> auto& { return s.seed; });
    visit(
        SettingName{"activation", "activation", "--activation"}, [](auto& s) -> auto& { return s.activation; });
    visit(
        SettingName{"code_activation", "code activation", "--code-activation"},
        [](auto& s) -> auto& { return s.code_activation; });
    visit(
        SettingName{"noise", "noise", "--noise"}, [](auto& s) -> auto& { return s.noise; });
    visit(
        SettingName{"loss", "loss", "--loss", true}, [](auto& s) -> auto& { return s.loss; });
    visit(
        SettingName{"scale", "scale", "--scale", true}, [](auto& s) -> auto& { return s.scaling; });
    visit(
        SettingName{"shards", "shards", "--shards", true}, [](auto& s) -> auto& { return s.shards; });
}

/// A setting in the form that files hold: a number, or the text that the command line reads.
template <typename T>
auto file_value(const T& value) {
    if constexpr (std::is_arithmetic_v<T>)
        return value;
    else if constexpr (requires { value.text(); })
        return value.text();
    else
        return text(value);
}

/// The inverse. Throws UsageError for a text that cannot be read.
inline void parse_value(const std::string& from, Shape& to) {
    to = Shape::parse(from);
}
inline void parse_value(const std::string& from, Noise& to) {
    to = Noise::parse(from);
}
inline void parse_value(const std::string& from, Activation& to) {
    to = parse_activation(from);
}
inline void parse_value(const std::string& from, Loss& to) {
    to = parse_loss(from);
}
inline void parse_value(const std::string& from, Scaling& to) {
    to = parse_scaling(from);
}
inline void parse_value(const std::string& from, Decay& to) {
    to = parse_decay(from);
}

}  // namespace ae
