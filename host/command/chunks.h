// Images that a command reads, applies a model to and forgets, chunk by chunk.
#pragma once
#include <algorithm>
#include <chrono>
#include <span>
#include <string>

#include "data/image_stream.h"
#include "train/progress.h"

namespace ae {

/// Work that takes longer than this shows its progress on a terminal.
inline constexpr std::chrono::seconds kSilence{2};

/// body(number of the chunk's first image, its pixels), for all images in order. `act` is shown beside the progress.
template <typename Body>
void for_chunks(const ImageStream& images, const std::string& act, Body&& body) {
    ProgressBar bar(ProgressMode::automatic, kSilence);
    const int count = images.rows(), chunk = images_at_a_time(images.facts().size);
    for (int first = 0; first < count; first += std::min(chunk, count - first)) {
        bar.draw(act, static_cast<double>(first) / count, count_text(first) + " images");
        const std::vector<float> pixels = images.read(first, std::min(chunk, count - first));
        body(first, std::span<const float>(pixels));
    }
}

}  // namespace ae
