#pragma once
#include <cstdint>
#include <string>

namespace ae {

/// The processor's name as the system reports it, e.g. "AMD EPYC"; "CPU" if it does not.
std::string cpu_model();

/// Processors that this process may use (its affinity mask, which containers set).
int usable_processors();

/// Bytes of memory that the machine has.
std::uint64_t memory_of_machine();

}  // namespace ae
