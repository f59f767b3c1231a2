// The files of a sweep: sweep.json, from which it can be continued, and sweep.csv, a row a model.
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "train/sweep.h"

namespace ae {

/// What made a sweep.
struct SweepOrigin {
    std::vector<std::string> arguments;  ///< of the command
    std::string data_sha256, data_rest_sha256;
    nlohmann::ordered_json facts = {};  ///< for people: the command, data, engine, device, math
};

/// All that decides which models are trained, and how.
nlohmann::ordered_json plan_json(const Sweep& sweep);

/// The result of a model, and back. result_of() gives none where an entry contradicts itself.
nlohmann::ordered_json result_json(const Sweep& sweep, std::size_t model);
std::optional<SweptModel> result_of(const nlohmann::json& entry);

/// The plan, the models' results, and the ranking.
nlohmann::ordered_json sweep_json(const Sweep& sweep, const SweepOrigin& origin);

/// Columns model, layers, code, batch_size, lr, noise, seed, end, epochs, val_loss, val_mse, best_val_loss, best_epoch,
/// seconds, folder, note. Numbers in 9 digits; a cell without a number is empty.
std::string sweep_csv(const Sweep& sweep);

/// A sweep.json. Throws ModelError where it is none.
class SavedSweep {
public:
    explicit SavedSweep(const std::filesystem::path& file);

    const std::vector<std::string>& arguments() const { return arguments_; }

    /// Gives the models of `sweep` the results that the file holds. Throws ModelError where the file is of another plan
    /// or other data.
    void restore(Sweep& sweep, const SweepOrigin& origin) const;

private:
    std::string name_;
    nlohmann::json document_;
    std::vector<std::string> arguments_;
};

}  // namespace ae
