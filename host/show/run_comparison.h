// Runs beside each other: a table of what they reached and where their settings differ, and a page with their curves.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "ae/history.h"

namespace ae {

/// A run as its checkpoint describes it.
struct ComparedRun {
    std::string name;                                           ///< its folder
    std::vector<std::pair<std::string, std::string>> settings;  ///< the same names in every run
    History history;                                            ///< at least one epoch
};

/// Head and rows of a table; the best val_loss comes first, and of the settings only those that differ are shown.
std::vector<std::vector<std::string>> comparison_table(std::vector<ComparedRun> runs);

nlohmann::ordered_json comparison_json(const std::vector<ComparedRun>& runs);

/// Pure: the same runs give the same page.
std::string comparison_page(const std::vector<ComparedRun>& runs);

}  // namespace ae
