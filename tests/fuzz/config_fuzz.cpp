// The reader of options from a file, text or JSON, on any bytes: names with values and their places, or a UsageError.
#include <cstdlib>

#include "ae/error.h"
#include "command/config_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    try {
        for (const ae::ConfigLine& line : ae::parse_config(text, "fuzz")) {
            if (!line.place.starts_with("fuzz") || (!line.list.empty() && !line.value.empty())) std::abort();
            if (line.place != "fuzz" && line.name.empty()) std::abort();  // a line of text
        }
    } catch (const ae::UsageError&) {
    }
    return 0;
}
