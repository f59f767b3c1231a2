#include "command/chunks.h"

#include <cmath>

#include "engine/startup.h"

namespace ae {

std::chrono::milliseconds silence() {
    constexpr std::chrono::milliseconds kSilence{2000}, kNone{0};
    const std::chrono::milliseconds age(std::lround(1000 * seconds_since_process_start()));
    return std::clamp(kSilence - age, kNone, kSilence);
}

}  // namespace ae
