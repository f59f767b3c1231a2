#include "base/shared_library.h"

#include <dlfcn.h>

#include <utility>

#include "ae/error.h"

namespace ae {

SharedLibrary::SharedLibrary(std::string name, const std::vector<std::string>& files, const std::string& advice)
    : name_(std::move(name)) {
    std::string tried;
    for (const std::string& file : files) {
        file_ = file;
        handle_ = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (handle_ != nullptr) return;
        const char* why = dlerror();
        tried += (tried.empty() ? "" : "; ") + (why != nullptr ? std::string(why) : file);
    }
    throw GpuError(name_ + " could not be loaded (" + tried + "); " + advice);
}

SharedLibrary::Address SharedLibrary::function(const char* function_name) const {
    void* address = dlsym(handle_, function_name);
    if (address == nullptr)
        throw GpuError(name_ + ": " + file_ + " has no function " + function_name +
                       "; is it of another version? LD_LIBRARY_PATH says where it is looked for first");
    return Address(address);
}

SharedLibrary::Address SharedLibrary::find(const char* function_name) const {
    return Address(dlsym(handle_, function_name));
}

}  // namespace ae
