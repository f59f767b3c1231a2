// A sweep as one HTML page: curves over each other, settings and losses as parallel coordinates, the ranking.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "train/sweep.h"

namespace ae {

/// Pure: the same sweep gives the same page. `facts` are names and texts for its head.
std::string sweep_page(const Sweep& sweep, const std::vector<std::pair<std::string, std::string>>& facts);

}  // namespace ae
