// The lock that keeps a second process out of a folder.
#pragma once
#include <filesystem>

#include "file/atomic_file.h"

namespace ae {

/// The name of the lock's file, which stays when the lock is released.
constexpr const char* kLockName = ".lock";

/// Holds the lock of a folder, which exists, for as long as the descriptor is open. The kernel releases it when its
/// holder ends, in any way: the lock file of a killed run is no obstacle. Throws OutputError, which names the process
/// that holds it.
FileDescriptor lock_folder(const std::filesystem::path& folder);

}  // namespace ae
