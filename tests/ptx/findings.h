// Faults of a kernel that a GPU would not have reported, and their places.
#pragma once
#include <map>
#include <string>

#include "module.h"

namespace ptx {

/// Where in a launch something happened.
struct Site {
    const Module& module;
    const Kernel& kernel;
    const Instruction& instruction;
    std::uint32_t block = 0;
    int warp = 0;
    int lane = -1;  ///< -1: the warp as a whole

    std::string text() const;
};

/// One line for each kind of fault of each kernel: how often, and where first.
class Findings {
public:
    void add(const std::string& what, const Site& site);
    bool empty() const { return all_.empty(); }
    std::string text() const;
    void clear() { all_.clear(); }

private:
    struct Finding {
        long times = 0;
        std::string first;
    };
    std::map<std::string, Finding> all_;
};

}  // namespace ptx
