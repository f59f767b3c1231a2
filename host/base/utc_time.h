// The time of day, in the form that files of a run use.
#pragma once
#include <ctime>
#include <string>

namespace ae {

/// "2025-01-31T23:59:59Z"
std::string utc_time(std::time_t time = std::time(nullptr));

}  // namespace ae
