// The reader of tables on any bytes: a table of the size that it says, or an Error. The first byte says which columns
// are labels and which are left out.
#include <cstdlib>

#include "ae/error.h"
#include "file/csv.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    ae::TableReading reading;
    if (data[0] % 2 == 1) reading.label = std::to_string(data[0] / 16 + 1);
    if (data[0] % 4 >= 2) reading.ignore = {std::to_string(data[0] / 4 % 4 + 1)};
    try {
        const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
        const ae::Table table = ae::parse_table(text, "fuzz", reading);
        const bool has_labels =
            table.labels.size() == table.rows || (table.labels.empty() && table.label_column.empty());
        if (table.values.size() != table.rows * table.width || !has_labels || table.values.size() > size) std::abort();
    } catch (const ae::Error&) {
    }
    return 0;
}
