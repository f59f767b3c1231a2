// Stands in for NVTX: ranges that nobody watches.
#pragma once

namespace nvtx3 {

template <typename Domain>
struct registered_string_in {
    explicit registered_string_in(const char*) {}
};

template <typename Domain>
struct scoped_range_in {
    explicit scoped_range_in(const registered_string_in<Domain>&) {}
};

}  // namespace nvtx3
