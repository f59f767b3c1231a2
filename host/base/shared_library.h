// A library that is loaded where it is first needed: a start that does without it does not wait for it.
#pragma once
#include <string>
#include <vector>

namespace ae {

/// Stays loaded until the process ends, since what it has told a driver of itself does too.
class SharedLibrary {
public:
    /// The first of `files` that can be loaded; a file without a folder is looked for where the system looks.
    /// Throws GpuError where there is none: what was tried, and `advice`.
    SharedLibrary(std::string name, const std::vector<std::string>& files, const std::string& advice);

    /// Where a function of the library or of those that it needs itself lies. To be given to a pointer of its type.
    class Address {
    public:
        explicit Address(void* address) : address_(address) {}
        template <typename Function>
        operator Function*() const {
            return reinterpret_cast<Function*>(address_);
        }

    private:
        void* address_;
    };

    /// Throws GpuError where the library has none of this name.
    Address function(const char* function_name) const;

private:
    std::string name_, file_;
    void* handle_ = nullptr;
};

}  // namespace ae
