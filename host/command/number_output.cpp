#include "command/number_output.h"

#include <span>

#include "command/loaded_model.h"
#include "file/csv_writer.h"
#include "file/paths.h"
#include "model/model_images.h"
#include "model/training_data.h"

namespace ae {

ResultWriter::ResultWriter(const std::filesystem::path& path, std::uint64_t images, const Model& model, ImageSize size)
    : model_(model), size_(size), is_picture_(ending_of(path) == ".png") {
    if (ending_of(path) != ".csv") {
        images_.emplace(path, images, size);
        return;
    }
    table_.emplace(path);
    table_->write(serialize_csv({}, size.values(), trained_columns(model.metadata)));
}

void ResultWriter::write(std::vector<float> decoded) {
    if (is_picture_ && takes_numbers(model_)) {
        shown_.insert(shown_.end(), decoded.begin(), decoded.end());
        return;
    }
    if (!is_picture_) model_.scale.undo(decoded);
    if (table_)
        table_->write(serialize_csv(decoded, size_.values(), {}));
    else
        images_->write(decoded);
}

void ResultWriter::commit() {
    if (table_) return table_->commit();
    if (!shown_.empty()) {
        bring_to_greys(std::span(&shown_, 1));
        images_->write(shown_);
    }
    images_->commit();
}

}  // namespace ae
