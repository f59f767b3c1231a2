#include "command/train_terms.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "ae/error.h"
#include "ae/version.h"
#include "base/json_text.h"
#include "file/paths.h"
#include "model/provenance.h"
#include "model/settings_fields.h"
#include "model/training_data.h"

namespace ae {

namespace fs = std::filesystem;

namespace {

constexpr const char* kPlan = "plan";
constexpr int kMostEpochs = 1'000'000;  // the command line's limit

const std::string* find(const Checkpoint& checkpoint, const char* key) {
    const auto at = checkpoint.metadata.find(key);
    return at == checkpoint.metadata.end() ? nullptr : &at->second;
}

void check_beside_resume(const TrainArguments& a, const CommandLine& line, const fs::path& folder) {
    if (a.force) throw UsageError("--force: starts a new run, and --resume continues one; leave one of them out");
    if (line.given("--out") && !is_same_file(a.out, folder))
        throw UsageError(
            fmt::format("--out {}: a run continues in its own folder, {}; leave --out out", a.out, folder.string()));
}

/// A number of epochs. nlohmann's get() would cut one that is too large down to one that was not meant.
int epochs_from(const nlohmann::json& value) {
    const bool fits = value.is_number_integer() && std::in_range<int>(value.get<std::int64_t>());
    return fits ? value.get<int>() : -1;
}

/// Reads the plan in a checkpoint; an older checkpoint holds none, which leaves `plan` as it is.
void read_plan(const Checkpoint& checkpoint, TrainArguments& plan, const std::string& name) {
    if (!find(checkpoint, kPlan)) return;
    const nlohmann::json values = metadata_json(checkpoint.metadata, kPlan, name);
    try {
        plan.epochs = epochs_from(values.at("epochs"));
        plan.early_stop = epochs_from(values.at("early_stop"));
        plan.checkpoint_every = values.at("checkpoint_every").get<std::string>();
        plan.preset = values.at("preset").get<std::string>();
        plan.keep = values.value("keep", "");
        parse_checkpoint_every(plan.checkpoint_every, 1);
        const bool is_possible =
            plan.epochs >= 1 && plan.epochs <= kMostEpochs && plan.early_stop >= 0 && plan.early_stop <= kMostEpochs;
        if (is_possible) return;
    } catch (const nlohmann::json::exception&) {
    } catch (const UsageError&) {
    }
    throw ModelError(fmt::format("{}: the plan in its metadata is not that of a training run", name));
}

void take_plan(TrainArguments& a, const TrainArguments& saved, const CommandLine& line) {
    if (!line.given("--epochs")) a.epochs = saved.epochs;
    if (!line.given("--early-stop")) a.early_stop = saved.early_stop;
    if (!line.given("--keep")) a.keep = saved.keep;
    if (!line.given("--checkpoint-every")) a.checkpoint_every = saved.checkpoint_every;
    a.preset = saved.preset;
}

/// "--math: 'fp32' in the checkpoint, 'bf16' asked for"
class Differences {
public:
    explicit Differences(std::vector<std::string> settings) : lines_(std::move(settings)) {}

    void add(const char* option, const std::string& was, const std::string& is) {
        if (was != is) lines_.push_back(fmt::format("{}: '{}' in the checkpoint, '{}' asked for", option, was, is));
    }

    void refuse(const std::string& name) const {
        if (lines_.empty()) return;
        throw ModelError(fmt::format("{}: cannot continue with other settings: {}; leave them out, or start a new run",
                                     name, fmt::join(lines_, "; ")));
    }

private:
    std::vector<std::string> lines_;
};

}  // namespace

std::map<std::string, std::string> plan_facts(const TrainArguments& a) {
    const nlohmann::ordered_json plan = {{"epochs", a.epochs},
                                         {"early_stop", a.early_stop},
                                         {"checkpoint_every", a.checkpoint_every},
                                         {"keep", a.keep},
                                         {"preset", a.preset}};
    return {{kPlan, json_text(plan)}};
}

nlohmann::ordered_json config_json(const TrainArguments& a) {
    nlohmann::ordered_json config = {{"made_by", {{"version", kVersion}, {"commit", kCommit}, {"preset", a.preset}}},
                                     {"epochs", a.epochs},
                                     {"engine", a.engine.engine},
                                     {"math", a.engine.math},
                                     {"val", a.selection.val}};
    const std::pair<const char*, const std::string&> texts[] = {{"data", a.data.options.source},
                                                                {"labels", a.selection.digits},
                                                                {"exclude", a.selection.exclude},
                                                                {"checkpoint-every", a.checkpoint_every},
                                                                {"keep", a.keep},
                                                                {"init", a.init}};
    for (const auto& [name, value] : texts)
        if (!value.empty()) config[name] = value;
    if (a.early_stop > 0) config["early-stop"] = a.early_stop;
    for_each_setting([&](const SettingName& name, auto get) {
        if (*name.option != '\0') config[name.option + 2] = file_value(get(a.settings));
    });
    const ImageReading& reading = a.data.options.reading;
    if (reading.transpose) config["transpose"] = true;
    if (reading.gray) config["gray"] = true;
    if (reading.width > 0) config["resize"] = fmt::format("{}x{}", reading.width, reading.height);
    if (!reading.label.empty()) config["label"] = reading.label;
    if (!reading.ignore.empty()) config["ignore"] = fmt::format("{}", fmt::join(reading.ignore, ","));
    return config;
}

void take_over(TrainArguments& a, const Checkpoint& checkpoint, const CommandLine& line, const fs::path& folder) {
    const std::string name = (folder / "checkpoint.safetensors").string();
    check_beside_resume(a, line, folder);
    TrainArguments saved = a;
    read_plan(checkpoint, saved, name);
    const auto take = [&](const char* option, const char* key, std::string& value) {
        if (const std::string* text = find(checkpoint, key); text && !line.given(option)) value = *text;
    };
    const std::string source = training_data(checkpoint.metadata, folder).source;
    if (!source.empty() && !line.given("--data")) a.data.options.source = source;
    a.data.read_as(checkpoint.metadata);
    take("--math", "math", a.engine.math);
    if (const std::string* engine = find(checkpoint, "engine"); engine && a.engine.engine == "auto")
        a.engine.engine = *engine;
    const DataSelection selection = DataSelection::of(checkpoint.metadata);
    if (!line.given("--labels")) a.selection.digits = selection.digits;
    if (!line.given("--exclude")) a.selection.exclude = selection.exclude;
    if (!line.given("--val")) a.selection.val = selection.val;
    a.settings = override_settings(checkpoint.settings, a, line);

    Differences different(differences(checkpoint.settings, a.settings));
    different.add("--labels", selection.digits, a.selection.digits);
    different.add("--exclude", selection.exclude, a.selection.exclude);
    different.add("--val", selection.val, a.selection.val);
    if (const std::string* engine = find(checkpoint, "engine")) different.add("--engine", *engine, a.engine.engine);
    if (const std::string* math = find(checkpoint, "math")) different.add("--math", *math, a.engine.math);
    if (line.given("--preset") && find(checkpoint, kPlan)) different.add("--preset", saved.preset, a.preset);
    different.refuse(name);

    take_plan(a, saved, line);
    const auto done = static_cast<int>(checkpoint.history.size());
    if (a.epochs < done)
        throw UsageError(fmt::format("--epochs {}: {} has had {} epochs already; --epochs counts these too", a.epochs,
                                     folder.string(), done));
}

void check_same_data(const Checkpoint& checkpoint, const SelectedData& selected, const fs::path& folder) {
    const std::string name = (folder / "checkpoint.safetensors").string();
    for (const char* key : {"data_sha256", "data"})
        if (!find(checkpoint, key))
            throw ModelError(
                fmt::format("{}: does not say its '{}'; it is not a checkpoint that train can continue", name, key));
    const auto compare = [&](const char* key, const char* kind, const std::string& found) {
        const std::string* saved = find(checkpoint, key);
        if (!saved || *saved == found) return;
        throw ModelError(fmt::format("{}: was trained on other {} ({}, SHA-256 {}…) than those of {} ({}…)", name, kind,
                                     *find(checkpoint, "data"), saved->substr(0, 12), selected.data.name,
                                     found.substr(0, 12)));
    };
    compare("data_sha256", "images", selected.data.sha256);
    compare("data_rest_sha256", "labels or test images", selected.rest_sha256);  // version 0.1 saved no such hash
}

}  // namespace ae
