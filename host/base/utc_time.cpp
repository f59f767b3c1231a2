#include "base/utc_time.h"

#include <fmt/chrono.h>

namespace ae {

std::string utc_time(std::time_t time) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(time));
}

}  // namespace ae
