// The folder for files that the program can download or make again.
#pragma once
#include <filesystem>

namespace ae {

/// $XDG_CACHE_HOME/ae_cuda, or ~/.cache/ae_cuda; empty if the user has no home.
std::filesystem::path cache_folder();

}  // namespace ae
