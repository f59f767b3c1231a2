// The findings of anomaly eval, as tables and as JSON, finished or not.
#pragma once
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "use/anomaly_protocol.h"

namespace ae {

/// The judgements of a protocol, label by label.
struct Outcome {
    Protocol protocol;
    std::map<int, std::vector<Judgement>> judged = {};  ///< by label; one that is left out or not reached is missing
    std::map<int, std::string> left_out = {};           ///< labels that cannot be judged, and why
};

/// One table a measure, one column a label, by its name if labels have some; a label that was not judged has a dash.
void print_tables(const Outcome& outcome, const std::vector<int>& labels, const std::vector<std::string>& names);

/// By score and measure the mean and the labels' values, null where a label was not judged.
nlohmann::ordered_json to_json(const Outcome& outcome, const std::vector<int>& labels);

}  // namespace ae
