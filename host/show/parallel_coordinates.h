// Parallel coordinates as SVG inside an HTML page: an axis for each quantity, a line across them for each object.
#pragma once
#include <string>
#include <vector>

namespace ae::svg {

struct ParallelAxis {
    std::string name;
    std::vector<std::string> values;  ///< of each line; empty where a line ends before this axis
};

/// Axes of numbers are logarithmic where these span more than a decade; words stand at equal distances, in the order in
/// which they come. `shades` colours the lines, from 0, the best, to 1, the worst, which lies below the others; NaN
/// draws a line dashed and grey.
std::string parallel_coordinates(const std::vector<ParallelAxis>& axes, const std::vector<double>& shades,
                                 const std::string& description);

}  // namespace ae::svg
