// A library that is loaded when it is first needed, so that a program that does not need it does not wait for it.
#pragma once
#include <string>
#include <vector>

namespace ae {

/// Stays loaded until the process ends, because a driver keeps references to it.
class SharedLibrary {
public:
    /// Loads the first of `files` that can be loaded; for a file without a folder, the system's folders are searched.
    /// Throws GpuError if there is none: the files tried, and `advice`.
    SharedLibrary(std::string name, const std::vector<std::string>& files, const std::string& advice);

    /// The address of a function of the library or of the libraries it needs. Convert it to a pointer of its type.
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

    /// Throws GpuError if the library has no function of this name.
    Address function(const char* function_name) const;
    /// The same for one that not every version has; null where it has none.
    Address find(const char* function_name) const;

private:
    std::string name_, file_;
    void* handle_ = nullptr;
};

}  // namespace ae
