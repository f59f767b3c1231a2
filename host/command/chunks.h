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

/// body(number of the chunk's first row, its values), for all rows in order, `chunk` at a time. `act` is shown beside
/// the progress.
template <typename Body>
void for_chunks(const RowSource& rows, int chunk, const std::string& act, Body&& body) {
    ProgressBar bar(ProgressMode::automatic, kSilence);
    const int count = rows.rows();
    for (int first = 0; first < count; first += std::min(chunk, count - first)) {
        bar.draw(act, static_cast<double>(first) / count, count_text(first) + " images");
        const std::vector<float> values = rows.read(first, std::min(chunk, count - first));
        body(first, std::span<const float>(values));
    }
}

/// The same of images, as many at a time as are read well.
template <typename Body>
void for_chunks(const ImageStream& images, const std::string& act, Body&& body) {
    for_chunks(images, images_at_a_time(images.facts().size), act, body);
}

/// act(rows), while it reads each of them `passes` times, with progress beside which `label` stands.
template <typename Act>
auto watched(const RowSource& rows, const std::string& label, int passes, Act&& act) {
    ProgressBar bar(ProgressMode::automatic, kSilence);
    const double all = static_cast<double>(passes) * rows.rows();
    const CountedRows counted(rows, [&](std::int64_t read) {
        bar.draw(label, static_cast<double>(read) / all, count_text(static_cast<double>(read)) + " images");
    });
    return act(counted);
}

}  // namespace ae
