// Where the program keeps what it can get or make again.
#pragma once
#include <filesystem>

namespace ae {

/// $XDG_CACHE_HOME/ae_cuda, or ~/.cache/ae_cuda; empty where the user has no home.
std::filesystem::path cache_folder();

}  // namespace ae
