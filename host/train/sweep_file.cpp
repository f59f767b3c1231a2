#include "train/sweep_file.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "ae/error.h"
#include "ae/version.h"
#include "file/csv_writer.h"
#include "file/input_file.h"
#include "model/provenance.h"
#include "train/sweep_ranking.h"

namespace ae {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr const char* kPlan = "plan";
constexpr const char* kHashes = "data_sha256";

ordered_json spread_json(const Spread& spread) {
    return {{"mean", spread.mean}, {"sd", spread.sd}, {"models", spread.count}};
}

ordered_json ranking_json(const Sweep& sweep) {
    ordered_json rows = ordered_json::array();
    for (const RankedSetting& row : ranking(sweep)) {
        ordered_json entry = {{"setting", row.setting + 1},
                              {"rank", row.rank > 0 ? ordered_json(row.rank) : ordered_json()},
                              {"val_loss", spread_json(row.val_loss)},
                              {"val_mse", spread_json(row.val_mse)},
                              {"diverged", row.diverged}};
        if (row.dropped_after > 0) entry["dropped_after"] = row.dropped_after;
        if (row.rank > 1)
            entry["difference_to_the_best"] = {{"mean", row.difference.mean},
                                               {"standard_error", row.difference.standard_error()},
                                               {"pairs", row.difference.count}};
        rows.push_back(std::move(entry));
    }
    return rows;
}

std::string cell(double number) {
    return std::isfinite(number) ? fmt::format("{:.9g}", number) : "";
}

std::string csv_row(const Sweep& sweep, std::size_t number) {
    const SweptModel& model = sweep.models[number];
    const Settings& s = sweep.settings[sweep.setting_of(number)].settings;
    const bool has_epochs = model.epochs() > 0;
    return fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", number + 1, s.shape.text(),
                       s.shape.code_size(), s.batch_size, s.adam.learning_rate, csv_cell(s.noise.text()),
                       sweep.seed_of(number), text(model.end), model.epochs(), cell(model.val_loss()),
                       std::isfinite(model.val_loss()) ? cell(model.val_mse) : "", cell(model.best_val_loss()),
                       has_epochs ? fmt::to_string(model.best_epoch()) : "", cell(model.seconds),
                       csv_cell(model.folder), csv_cell(model.note));
}

std::optional<SweptEnd> end_named(const std::string& name) {
    for (const SweptEnd end : {SweptEnd::open, SweptEnd::done, SweptEnd::diverged, SweptEnd::dropped})
        if (text(end) == name) return end;
    return std::nullopt;
}

/// JSON has no NaN and writes null.
double number_or_nan(const json& value) {
    return value.is_null() ? std::nan("") : value.get<double>();
}

}  // namespace

ordered_json plan_json(const Sweep& sweep) {
    ordered_json plan = {
        {"epochs", sweep.epochs},   {"halving", sweep.halving}, {"keeps_best_epoch", sweep.keeps_best_epoch},
        {"options", sweep.options}, {"seeds", sweep.seeds},     {"settings", ordered_json::array()}};
    for (const SweptSetting& setting : sweep.settings) {
        ordered_json entry = settings_json(setting.settings);
        entry["values"] = setting.values;
        plan["settings"].push_back(std::move(entry));
    }
    return plan;
}

ordered_json result_json(const Sweep& sweep, std::size_t number) {
    const SweptModel& model = sweep.models[number];
    ordered_json entry = {{"model", number + 1},
                          {"setting", sweep.setting_of(number) + 1},
                          {"seed", sweep.seed_of(number)},
                          {"end", text(model.end)},
                          {"epochs", model.epochs()},
                          {"left_epoch", model.left_epoch},
                          {"val_loss", model.val_loss()},
                          {"val_mse", model.val_mse},
                          {"best_val_loss", model.best_val_loss()},
                          {"best_epoch", model.best_epoch()},
                          {"seconds", model.seconds}};
    if (!model.note.empty()) entry["note"] = model.note;
    if (!model.folder.empty()) entry["folder"] = model.folder;
    entry["val_losses"] = model.val_losses;
    return entry;
}

std::optional<SweptModel> result_of(const json& entry) {
    SweptModel model;
    const std::optional<SweptEnd> end = end_named(entry.at("end"));
    for (const json& loss : entry.at("val_losses")) model.val_losses.push_back(number_or_nan(loss));
    const json& left = entry.at("left_epoch");  // which get() alone would cut to an int
    if (!left.is_number_integer() || !std::in_range<int>(left.get<std::int64_t>())) return std::nullopt;
    model.left_epoch = left.get<int>();
    model.val_mse = number_or_nan(entry.at("val_mse"));
    model.seconds = entry.at("seconds");
    model.note = entry.value("note", "");
    model.folder = entry.value("folder", "");
    if (!end) return std::nullopt;
    model.end = *end;
    const bool has_weights = model.end == SweptEnd::done || model.end == SweptEnd::dropped;
    if (has_weights && !std::isfinite(model.val_loss())) return std::nullopt;
    return model;
}

ordered_json sweep_json(const Sweep& sweep, const SweepOrigin& origin) {
    ordered_json document = {{"made_by", {{"version", kVersion}, {"commit", kCommit}}},
                             {"arguments", origin.arguments},
                             {kHashes, {origin.data_sha256, origin.data_rest_sha256}},
                             {"facts", origin.facts},
                             {kPlan, plan_json(sweep)},
                             {"models", ordered_json::array()}};
    for (std::size_t i = 0; i < sweep.models.size(); ++i) document["models"].push_back(result_json(sweep, i));
    document["ranking"] = ranking_json(sweep);
    return document;
}

std::string sweep_csv(const Sweep& sweep) {
    std::string csv =
        "model,layers,code,batch_size,lr,noise,seed,end,epochs,val_loss,val_mse,best_val_loss,best_epoch,seconds,"
        "folder,note\n";
    for (std::size_t i = 0; i < sweep.models.size(); ++i) csv += csv_row(sweep, i);
    return csv;
}

SavedSweep::SavedSweep(const std::filesystem::path& file) : name_(file.string()) {
    try {
        document_ = json::parse(read_input(file));
        arguments_ = document_.at("arguments").get<std::vector<std::string>>();
        if (document_.at("models").is_array() && document_.at(kPlan).is_object()) return;
    } catch (const DataError& error) {
        throw ModelError(error.what());
    } catch (const json::exception&) {
    }
    throw ModelError(fmt::format("{}: is not the file of a sweep, or it is damaged", name_));
}

void SavedSweep::restore(Sweep& sweep, const SweepOrigin& origin) const {
    const auto hashes = document_.find(kHashes);  // not copied: a copy of deep brackets would overflow the stack
    if (hashes == document_.end() || *hashes != json({origin.data_sha256, origin.data_rest_sha256}))
        throw ModelError(fmt::format("{}: is of a sweep over other data than these; start a new one", name_));
    const json& models = document_.at("models");
    if (document_.at(kPlan) != json(plan_json(sweep)) || models.size() != sweep.models.size())
        throw ModelError(
            fmt::format("{}: is of a sweep with other models than its options now make; start a new one", name_));
    try {
        for (std::size_t i = 0; i < models.size(); ++i) sweep.models[i] = result_of(models[i]).value();
        return;
    } catch (const json::exception&) {
    } catch (const std::bad_optional_access&) {
    }
    throw ModelError(fmt::format("{}: the results of its models cannot be read", name_));
}

}  // namespace ae
