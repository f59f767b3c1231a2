#include "command/number_output.h"

#include <span>

#include "command/loaded_model.h"
#include "data/image_output.h"
#include "file/atomic_file.h"
#include "file/csv_writer.h"
#include "file/paths.h"
#include "model/training_data.h"

namespace ae {

void write_result(const std::filesystem::path& path, std::vector<float> decoded, const Model& model, ImageSize size) {
    if (ending_of(path) == ".png") {
        if (takes_numbers(model)) bring_to_greys(std::span(&decoded, 1));
        return write_images(path, decoded, size);
    }
    model.scale.undo(decoded);
    if (ending_of(path) == ".csv")
        return write_file(path, serialize_csv(decoded, size.values(), trained_columns(model.metadata)));
    write_images(path, decoded, size);
}

}  // namespace ae
