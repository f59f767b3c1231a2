#include "command/train_init.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ae/error.h"
#include "base/facts.h"
#include "base/terminal.h"
#include "command/loaded_model.h"
#include "data/image_check.h"
#include "data/image_reading.h"
#include "engine/fitting_shape.h"
#include "engine/names.h"
#include "file/picture.h"
#include "model/model_images.h"
#include "model/settings_fields.h"

namespace ae {

Model first_model(TrainArguments& a, const CommandLine& line) {
    if (a.resume) throw UsageError("--init: begins a new run, and --resume continues one; leave one of them out");
    Model model = load_model(model_file(a.init));
    if (!a.quiet) say_assumptions(model, a.init);
    const Shape& shape = model.settings.shape;
    if (line.given("--layers") && !(fitting_shape(a.layers, shape.pixels()) == shape))
        throw UsageError(
            fmt::format("--layers {}: {} has the layers {}; leave --layers out", a.layers, a.init, shape.text()));
    a.settings.shape = shape;
    if (!line.given("--activation")) a.settings.activation = model.settings.activation;
    if (!line.given("--code-activation")) a.settings.code_activation = model.settings.code_activation;
    if (!a.scale.empty() && a.settings.scaling != model.settings.scaling)
        throw UsageError(
            fmt::format("--scale {}: {} has a scale of its own, {}, that its weights are made for; leave "
                        "--scale out",
                        a.scale, a.init, text(model.settings.scaling)));
    a.settings.scaling = model.settings.scaling;
    if (a.loss.empty()) a.settings.loss = model.settings.loss;
    a.data.options.reading.numbers = reading_of_facts(model.metadata).numbers;
    a.layers = shape.text();
    a.activation = text(a.settings.activation), a.code_activation = text(a.settings.code_activation);
    return model;
}

void say_changes(const Model& model, const TrainArguments& a, const Dataset& data) {
    std::vector<std::string> changes;
    const auto compare = [&](const char* what, const std::string& was, const std::string& is) {
        if (was != is) changes.push_back(fmt::format("{} {} (was {})", what, is, was));
    };
    const auto chosen = a.selection.facts();
    const auto compare_choice = [&](const char* what, const char* key, const char* otherwise) {
        compare(what, fact_of(model.metadata, key, otherwise), fact_of(chosen, key, otherwise));
    };
    compare("data", fact_of(model.metadata, "data", "not said"), data.name);
    if (const auto size = image_size(model)) compare("images", text(*size), text(size_of(data.train)));
    if (model.metadata.contains("ae_cuda_version")) {
        compare_choice("labels", "digits", "all"), compare_choice("without labels", "exclude", "none");
        compare_choice("validation", "val", "test");
        for_each_setting([&](const SettingName& name, auto get) {
            if (*name.option != '\0')
                compare(name.words, fmt::format("{}", file_value(get(model.settings))),
                        fmt::format("{}", file_value(get(a.settings))));
        });
    }
    if (a.quiet) return;
    say("init     the weights of {}{}{}", a.init,
        changes.empty() ? "" : "; new: ", fmt::format("{}", fmt::join(changes, ", ")));
}

void start_from(const Model& model, Engine& engine) {
    const std::vector<float> zeros(model.parameters.size());
    engine.set_state({0, model.parameters, zeros, zeros, {}});
}

}  // namespace ae
