// Images that a command reads, applies a model to and forgets, chunk by chunk.
#pragma once
#include <algorithm>
#include <chrono>
#include <span>
#include <string>

#include "data/image_stream.h"
#include "train/busy_line.h"
#include "train/progress.h"

namespace ae {

/// What is left of the two seconds in which a process may show nothing on a terminal. Work that begins later has none
/// left: several short pieces in a row can be a long silence.
std::chrono::milliseconds silence();

/// body(number of the chunk's first row, its values), for all rows in order, `chunk` at a time. `act` is shown beside
/// the progress.
template <typename Body>
void for_chunks(const RowSource& rows, int chunk, const std::string& act, Body&& body) {
    ProgressBar bar(ProgressMode::automatic, silence());
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

/// act(rows), while it reads each of them `passes` times, with progress beside which `label` stands; while it does not
/// read, the time.
template <typename Act>
auto watched(const RowSource& rows, const std::string& label, int passes, Act&& act) {
    BusyLine bar(ProgressMode::automatic, label, silence());
    const double all = static_cast<double>(passes) * rows.rows();
    const CountedRows counted(rows, [&](std::int64_t read) {
        bar.draw(label, static_cast<double>(read) / all, count_text(static_cast<double>(read)) + " images");
    });
    return act(counted);
}

}  // namespace ae
