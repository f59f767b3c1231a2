#include "file/cache_folder.h"

#include <cstdlib>

namespace ae {

namespace fs = std::filesystem;

fs::path cache_folder() {
    // The XDG base directory specification: a relative path there is invalid and must be ignored.
    if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache && fs::path(cache).is_absolute())
        return fs::path(cache) / "ae_cuda";
    if (const char* home = std::getenv("HOME"); home && *home) return fs::path(home) / ".cache" / "ae_cuda";
    return {};
}

}  // namespace ae
