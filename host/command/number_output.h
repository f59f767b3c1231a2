// Reconstructions as files, in the units of the data that the model was trained on.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "ae/model.h"
#include "data/image_output.h"
#include "file/atomic_file.h"

namespace ae {

/// Writes what a network has decoded, piece by piece, as an ImageWriter does: .npy, "-" and .csv, a row an image, hold
/// it in the units of the training's data, .png shows it. Refers to the model.
class ResultWriter {
public:
    ResultWriter(const std::filesystem::path& path, std::uint64_t images, const Model& model, ImageSize size);

    void write(std::vector<float> decoded);
    void commit();  ///< once all images are written

private:
    const Model& model_;
    ImageSize size_;
    bool is_picture_;
    std::optional<OutputFile> table_;
    std::optional<ImageWriter> images_;
    std::vector<float> shown_;  ///< numbers in a picture: the least and the greatest of all give its greys
};

}  // namespace ae
